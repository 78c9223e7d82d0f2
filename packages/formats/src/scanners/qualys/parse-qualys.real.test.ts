import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/qualys/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Qualys reports (skipped without shared/data/scans)", () => {
  // grep -c '<HOST>' Qualys_Sample_Report.xml: 7; '<VULN_INFO>': 301; '<VULN_DETAILS ': 93
  // With Python's ElementTree, SEVERITY of the glossary joined to each VULN_INFO by QID: 177 of 1, 65, 46, 6, 7 of 5; 48 of QIDs
  // with a CVE_ID_LIST
  it("an asset report in XML", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}Qualys_Sample_Report.xml`)));
    expect(found).toMatchObject({
      format: "qualys-xml",
      assets: 7,
      checks: 93,
      findings: 301,
      withCve: 48,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 177, 2: 65, 3: 46, 4: 6, 5: 7 });
  });

  // With Python's csv.DictReader: 6 rows, 4 distinct IP, 3 distinct QID, all of Severity 5, CVE ID in 1
  it("an asset report in CSV", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}Qualys_Sample_Report.csv`)));
    expect(found).toMatchObject({
      format: "qualys-csv",
      assets: 4,
      checks: 3,
      findings: 6,
      withCve: 1,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 5: 6 });
  });

  // tail -n +5 vmdr_many_vulns_qid.csv | wc -l: 5 rows of 5 QIDs and assets, KB severity 1 to 5, no column of CVEs
  it("a list of vulnerabilities by QID", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}vmdr_many_vulns_qid.csv`)));
    expect(found).toMatchObject({
      format: "qualys-csv",
      assets: 5,
      checks: 5,
      findings: 5,
      withCve: 0,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
  });

  // tail -n +5 vmdr_many_vulns_cve.csv | wc -l: 5 rows of 5 QIDs, CVEs and assets, KB severity 1 to 5
  it("a list of vulnerabilities by CVE", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}vmdr_many_vulns_cve.csv`)));
    expect(found).toMatchObject({
      format: "qualys-csv",
      assets: 5,
      checks: 5,
      findings: 5,
      withCve: 5,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
  });
});
