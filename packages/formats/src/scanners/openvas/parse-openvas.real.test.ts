import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/openvas/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real OpenVAS reports (skipped without shared/data/scans)", () => {
  // grep -c '<result id' many_vuln.xml: 44; grep -o '<nvt oid="[^"]*"' | sort -u | wc -l: 40; one host
  // With Python's ElementTree, the severity of each result on the scale of CVSS: 25 medium, 11 high, 8 critical; 23 with a ref of
  // type cve
  it("a report in XML", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}many_vuln.xml`)));
    expect(found).toMatchObject({
      format: "openvas",
      assets: 1,
      checks: 40,
      findings: 44,
      withCve: 23,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 3: 25, 4: 11, 5: 8 });
  });

  // With Python's csv.DictReader: 43 rows, 1 IP, 43 distinct NVT OID that are CVEs; column CVSS: 22 in 4 to 7, 13 to 9, 8 from 9
  it("results in CSV", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}report_using_CVE.csv`)));
    expect(found).toMatchObject({
      format: "openvas-csv",
      assets: 1,
      checks: 43,
      findings: 43,
      withCve: 43,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 3: 22, 4: 13, 5: 8 });
  });
});
