import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/sarif/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real SARIF files (skipped without shared/data/scans)", () => {
  // jq '.runs[].results|length' codeql.sarif: 72; jq -r '.runs[].results[].ruleId' … | sort -u | wc -l: 13
  // jq -r '.runs[]|.tool.driver.rules as $r|.results[]|.level//(.ruleId as $i|$r[]|select(.id==$i)|.defaultConfiguration.level)' …
  //   | sort | uniq -c: 11 error, 57 note, 4 warning. The issue: no repository is named.
  it("of CodeQL", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}codeql.sarif`)));
    expect(found).toMatchObject({
      format: "sarif",
      assets: 1,
      checks: 13,
      findings: 72,
      withCve: 0,
      issues: 1,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 2: 57, 3: 4, 4: 11 });
  });

  // The same for semgrep_owasp_benchmark.sarif: 1768 results of 7 rules, 1768 warning
  it("of Semgrep", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}semgrep_owasp_benchmark.sarif`)));
    expect(found).toMatchObject({ format: "sarif", assets: 1, checks: 7, findings: 1768, issues: 1, isComplete: true });
    expect(found.bySeverity).toEqual({ 3: 1768 });
  });
});
