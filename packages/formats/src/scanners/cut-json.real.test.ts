import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { assertCutIsImported, type CutCase } from "./cut-json.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../shared/data/scans/", import.meta.url));

const CASES: readonly CutCase[] = [
  ["asff/inspector_ec2_cve.json", "Findings"],
  ["cyclonedx/valid-vulnerability-1.4.json", "vulnerabilities"],
  ["defender/report_many_vulns.json", "value"],
  ["ocsf/prowler_aws.ocsf.json", ""],
  ["osv/many_findings.json", "results.*.packages"],
  ["sarif/codeql.sarif", "runs.*.results"],
  ["sarif/semgrep_owasp_benchmark.sarif", "runs.*.results"],
  ["trivy/kubernetes.json", "Vulnerabilities", "Misconfigurations"],
  ["trivy/legacy_many_vulns.json", "*.Vulnerabilities"],
  ["wazuh/v4-8_many_findings.json", "hits.hits"],
];
const NAMED_BEHIND: readonly CutCase[] = [
  ["grype/many_vulns.json", "matches"],
  ["snyk/single_project_many_vulns.json", "vulnerabilities", "filtered.ignore", "filtered.patch"],
];

describe.skipIf(!existsSync(DATA))("real reports that break off (skipped without shared/data/scans)", () => {
  it.each(CASES)("%s: the records before are imported", async (file, ...lists) => {
    await assertCutIsImported(readFileSync(DATA + file, "utf8"), lists, false);
  });

  it.each(NAMED_BEHIND)("%s: says that only its end tells what the records are about", async (file, ...lists) => {
    await assertCutIsImported(readFileSync(DATA + file, "utf8"), lists, true);
  });
});
