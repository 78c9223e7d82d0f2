import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/grype/", import.meta.url));

describe.skipIf(!existsSync(DATA))("a real Grype report (skipped without shared/data/scans)", () => {
  // jq -r '.matches[].vulnerability.severity' many_vulns.json | sort | uniq -c:
  //   32 High, 107 Low, 613 Medium, 681 Negligible, 76 Unknown
  // jq -r '.matches[].vulnerability.id' … | sort -u | wc -l: 388
  // jq '[.matches[]|select(.vulnerability.id|startswith("CVE-"))]|length' …: 1509
  it("of an image", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}many_vulns.json`)));
    expect(found).toMatchObject({
      format: "grype",
      assets: 1,
      checks: 388,
      findings: 1509,
      withCve: 1509,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 757, 2: 107, 3: 613, 4: 32 });
  });
});
