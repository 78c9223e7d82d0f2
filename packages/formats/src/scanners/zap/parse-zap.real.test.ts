import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/zap/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real ZAP reports (skipped without shared/data/scans)", () => {
  // With Python's ElementTree: 130 instances of 15 alerts; distinct (alertRef, path of the uri, param): 86, by riskcode 22, 34, 26, 4
  it("a first scan", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}zap-results-first-scan.xml`)));
    expect(found).toMatchObject({
      format: "zap-xml",
      assets: 1,
      checks: 15,
      findings: 86,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 22, 2: 34, 3: 26, 4: 4 });
  });

  // The same: 126 instances of 18 alerts; 76, by riskcode 20, 33, 19, 4
  it("a second scan", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}zap-results-second-scan.xml`)));
    expect(found).toMatchObject({
      format: "zap-xml",
      assets: 1,
      checks: 18,
      findings: 76,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 20, 2: 33, 3: 19, 4: 4 });
  });
});
