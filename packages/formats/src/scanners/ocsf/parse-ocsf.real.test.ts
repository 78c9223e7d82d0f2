import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/ocsf/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real OCSF files (skipped without shared/data/scans)", () => {
  // jq -r '.[]|[.metadata.event_code,.severity,.resources[0].uid]|@tsv' prowler_aws.ocsf.json: 3 events of 3 checks on 2 resources,
  //   1 Low and 2 Medium
  it("of a posture scanner", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}prowler_aws.ocsf.json`)));
    expect(found).toMatchObject({
      format: "ocsf",
      assets: 2,
      checks: 3,
      findings: 3,
      withCve: 0,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 2: 1, 3: 2 });
  });
});
