import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/osv/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real OSV-Scanner reports (skipped without shared/data/scans)", () => {
  // jq '.results|length' many_findings.json: 6
  // jq -r '.results[].packages[].vulnerabilities[].id' … | wc -l: 66, | sort -u | wc -l: 64
  // jq '[.results[].packages[].vulnerabilities[]|select(([.id]+(.aliases//[]))|any(startswith("CVE-")))]|length' …: 66
  // jq -r '.results[].packages[].vulnerabilities[]|.database_specific.severity//"none"' … | sort | uniq -c:
  //   5 CRITICAL, 16 HIGH, 15 MODERATE, 30 none; of these 8 have a vector, by the calculator of first.org
  //   4.2, 7.5, 8.8, 7.5, 5.3, 5.3, 7.5, 6.5: 4 high and 4 medium
  it("of six sources", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}many_findings.json`)));
    expect(found).toMatchObject({
      format: "osv",
      assets: 6,
      checks: 64,
      findings: 66,
      withCve: 66,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 22, 3: 19, 4: 20, 5: 5 });
  });
});
