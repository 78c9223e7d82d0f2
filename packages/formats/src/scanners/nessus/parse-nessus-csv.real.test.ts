import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/nessus/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Nessus tables (skipped without shared/data/scans)", () => {
  // With Python's csv.DictReader: 30 rows, 1 Host, 25 distinct Plugin ID, Risk 29 None and 1 Medium, CVE in 1
  it("a report in CSV", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}nessus_many_vuln2-all.csv`)));
    expect(found).toMatchObject({
      format: "nessus-csv",
      assets: 1,
      checks: 25,
      findings: 30,
      withCve: 1,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 29, 3: 1 });
  });
});
