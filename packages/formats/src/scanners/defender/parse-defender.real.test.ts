import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/defender/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Defender files (skipped without shared/data/scans)", () => {
  // jq '.value|length' report_many_vulns.json: 4; jq -r '.value[].machineId' … | sort -u | wc -l: 1
  // jq -r '.value[].severity' … | sort | uniq -c: 1 High, 1 Low, 2 Medium
  it("of the API, one page of several", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}report_many_vulns.json`)));
    expect(found).toMatchObject({
      format: "defender",
      assets: 1,
      checks: 4,
      findings: 4,
      withCve: 4,
      issues: 1,
      isComplete: false,
    });
    expect(found.bySeverity).toEqual({ 2: 1, 3: 2, 4: 1 });
  });
});
