import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/nmap/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Nmap output (skipped without shared/data/scans)", () => {
  // With Python's ElementTree: distinct elem id that are CVEs in tables of script vulners, by port: 8, their cvss 7 in 4 to 7, 1 below
  it("services with vulners", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}issue4406.xml`)));
    expect(found).toMatchObject({
      format: "nmap",
      assets: 1,
      checks: 8,
      findings: 8,
      withCve: 8,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 2: 1, 3: 7 });
  });

  // grep -c '<elem key="id">CVE-' nmap_script_vulners.xml: 2, both with cvss 5.0
  it("one port with vulners", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}nmap_script_vulners.xml`)));
    expect(found).toMatchObject({
      format: "nmap",
      assets: 1,
      checks: 2,
      findings: 2,
      withCve: 2,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 3: 2 });
  });
});
