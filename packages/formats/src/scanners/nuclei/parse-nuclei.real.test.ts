import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/nuclei/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Nuclei results (skipped without shared/data/scans)", () => {
  // wc -l issue_14071.json: 27; jq -r '."template-id"' … | sort -u | wc -l: 16, without the last line, which names no address
  // jq -r '.info.severity' … | sort | uniq -c: 22 info, 1 low, 2 medium, 1 critical
  it("in lines, one of which names no host", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}issue_14071.json`)));
    expect(found).toMatchObject({
      format: "nuclei",
      assets: 1,
      checks: 16,
      findings: 26,
      withCve: 0,
      issues: 1,
      isComplete: false,
    });
    expect(found.bySeverity).toEqual({ 1: 22, 2: 1, 3: 2, 5: 1 });
  });
});
