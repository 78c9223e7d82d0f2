import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/burp/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Burp issues (skipped without shared/data/scans)", () => {
  // grep -c '<issue>' seven_findings.xml: 16; grep -o '<type>[0-9]*' | sort -u | wc -l: 7
  // grep -o '<severity>[A-Za-z]*' | sort | uniq -c: 5 High, 9 Information, 2 Low
  it("issues behind a DOCTYPE with declarations", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}seven_findings.xml`)));
    expect(found).toMatchObject({ format: "burp", assets: 1, checks: 7, findings: 16, issues: 0, isComplete: true });
    expect(found.bySeverity).toEqual({ 1: 9, 2: 2, 4: 5 });
  });
});
