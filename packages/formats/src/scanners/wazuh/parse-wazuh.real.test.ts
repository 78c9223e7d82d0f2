import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/wazuh/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Wazuh files (skipped without shared/data/scans)", () => {
  // jq '.hits.total.value,(.hits.hits|length)' v4-8_many_findings.json: 125, 10
  // jq -r '.hits.hits[]._source.agent.name' … | sort -u | wc -l: 2; …vulnerability.id | sort -u | wc -l: 4; …severity: all Critical
  it("of the indexer, one page of several", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}v4-8_many_findings.json`)));
    expect(found).toMatchObject({
      format: "wazuh",
      assets: 2,
      checks: 4,
      findings: 10,
      withCve: 10,
      issues: 1,
      isComplete: false,
    });
    expect(found.bySeverity).toEqual({ 5: 10 });
  });
});
