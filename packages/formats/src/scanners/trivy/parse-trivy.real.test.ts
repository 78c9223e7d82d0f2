import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/trivy/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real Trivy reports (skipped without shared/data/scans)", () => {
  // jq -r '.[].Vulnerabilities[]?|.Severity' legacy_many_vulns.json | sort | uniq -c: 18 HIGH, 9 MEDIUM, 65 LOW, 1 UNKNOWN
  // jq -r '.[].Vulnerabilities[]?|.VulnerabilityID' … | grep -c ^CVE-: 87
  // jq -r '.[].Target' …: one
  it("an old bare array of results", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}legacy_many_vulns.json`)));
    expect(found).toMatchObject({ format: "trivy", assets: 1, findings: 93, withCve: 87, issues: 0, isComplete: true });
    expect(found.bySeverity).toEqual({ 1: 1, 2: 65, 3: 9, 4: 18 });
  });

  // jq -c '[.Vulnerabilities[],.Misconfigurations[]]|map([.Namespace,.Kind,.Name])|unique|length' kubernetes.json: 4
  // jq -r '.Vulnerabilities[].Results[]?.Vulnerabilities[]?|.Severity' … | sort | uniq -c: 8 LOW, 2 MEDIUM
  // jq -r '.Misconfigurations[].Results[]?.Misconfigurations[]?|select(.Status=="FAIL")|.Severity' …: 6 LOW, 4 MEDIUM
  it("a cluster", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}kubernetes.json`)));
    expect(found).toMatchObject({ format: "trivy", assets: 4, findings: 20, withCve: 10, issues: 0, isComplete: true });
    expect(found.bySeverity).toEqual({ 2: 14, 3: 6 });
  });
});
