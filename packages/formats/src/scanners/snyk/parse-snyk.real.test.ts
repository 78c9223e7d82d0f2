import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/snyk/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Snyk reports (skipped without shared/data/scans)", () => {
  // jq '.vulnerabilities|length' single_project_many_vulns.json: 41; jq -r '.vulnerabilities[].id' … | sort -u | wc -l: 41
  // jq '[.vulnerabilities[]|select(.identifiers.CVE|length>0)]|length' …: 36
  // jq -r '.vulnerabilities[].severityWithCritical' … | sort | uniq -c: 3 critical, 9 high, 29 medium
  it("of one project", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}single_project_many_vulns.json`)));
    expect(found).toMatchObject({
      format: "snyk",
      assets: 1,
      checks: 41,
      findings: 41,
      withCve: 36,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 3: 29, 4: 9, 5: 3 });
  });
});
