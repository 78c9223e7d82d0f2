import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/asff/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real ASFF files (skipped without shared/data/scans)", () => {
  // jq '[.[]|select(.Compliance.Status!="PASSED")]|length' prowler-output.asff.json: 290; …|.GeneratorId]|unique|length: 65
  // jq '[.[].Resources[].Id]|unique|length' …: 81
  // jq -r '.[]|select(.Compliance.Status!="PASSED")|.Severity.Label' … | sort | uniq -c: 3 CRITICAL, 29 HIGH, 55 LOW, 203 MEDIUM
  it("of a posture scanner, a bare array", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}prowler-output.asff.json`)));
    expect(found).toMatchObject({
      format: "asff",
      assets: 81,
      checks: 65,
      findings: 290,
      withCve: 0,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 2: 55, 3: 203, 4: 29, 5: 3 });
  });

  // jq '.Findings|length' inspector_ec2_cve.json: 5, each one CVE in one package; jq -r '.Findings[].Resources[].Id' … | sort -u | wc -l: 2
  it("of Inspector", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}inspector_ec2_cve.json`)));
    expect(found).toMatchObject({
      format: "asff",
      assets: 2,
      checks: 1,
      findings: 5,
      withCve: 5,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 5: 5 });
  });
});
