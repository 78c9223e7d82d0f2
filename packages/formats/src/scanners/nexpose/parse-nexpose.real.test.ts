import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/nexpose/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Nexpose reports (skipped without shared/data/scans)", () => {
  // grep -c '<node ' many_vulns.xml: 8; grep -c '<vulnerability ': 136
  // grep -o '<test [^>]*' | grep -c 'status="vulnerable-exploited"': 158, 'vulnerable-version': 4
  // With Python's ElementTree, severity of the definition joined by id in lower case, on the scale of CVSS: 14 low, 8 medium, 139
  // high, 1 critical; 9 with a reference of source CVE; its one scan has the status "stopped"
  it("a report", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}many_vulns.xml`)));
    expect(found).toMatchObject({
      format: "nexpose",
      assets: 8,
      checks: 136,
      findings: 162,
      withCve: 9,
      issues: 1,
      isComplete: false,
    });
    expect(found.bySeverity).toEqual({ 2: 14, 3: 8, 4: 139, 5: 1 });
  });
});
