import { createReadStream, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readScan, summarise } from "../read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data/scans/cyclonedx/", import.meta.url));

describe.skipIf(!existsSync(DATA))("real CycloneDX files (skipped without shared/data/scans)", () => {
  // jq '.vulnerabilities|length' valid-vulnerability-1.4.json: 1, whose reference is CVE-2018-7489, rated critical, not_affected
  it("in JSON, without a component that it is about", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}valid-vulnerability-1.4.json`)));
    expect(found).toMatchObject({
      format: "cyclonedx-json",
      assets: 1,
      checks: 1,
      findings: 1,
      withCve: 1,
      issues: 1,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 5: 1 });
  });

  // grep -c '<v:vulnerability ' grype.xml: 327; grep '<v:id>' … | sort -u | wc -l: 259, all CVEs
  // grep -o '<v:severity>[A-Za-z]*' … | sort | uniq -c: 5 Critical, 24 High, 133 Low, 155 Medium, 10 Unknown
  it("in XML 1.2, vulnerabilities within components", async () => {
    const found = summarise(await readScan(createReadStream(`${DATA}grype.xml`)));
    expect(found).toMatchObject({
      format: "cyclonedx-xml",
      assets: 1,
      checks: 259,
      findings: 327,
      withCve: 327,
      issues: 0,
      isComplete: true,
    });
    expect(found.bySeverity).toEqual({ 1: 10, 2: 133, 3: 155, 4: 24, 5: 5 });
  });
});
