import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/wiz/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Wiz issues (skipped without shared/data/scans)", () => {
  // With Python's csv.DictReader: 98 rows, 83 distinct Resource external ID, 39 Control ID, 3 titles with a CVE; Severity 30
  // INFORMATIONAL, 43 LOW, 13 MEDIUM, 6 HIGH, 6 CRITICAL
  it("issues", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}multiple_findings.csv`)));
    expect(found).toMatchObject({
      format: "wiz",
      assets: 83,
      checks: 39,
      findings: 98,
      withCve: 3,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 30, 2: 43, 3: 13, 4: 6, 5: 6 });
  });
});
