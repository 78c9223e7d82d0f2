import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Json } from "../json/index.ts";
import { readScan } from "./read-scan.fixture.ts";

const DATA = fileURLToPath(new URL("../../../../../shared/data/scans/", import.meta.url));

/** Where each file has its records: the lists whose order means nothing. */
const FILES: readonly [file: string, ...lists: string[]][] = [
  ["trivy/legacy_many_vulns.json", "", "*.Vulnerabilities"],
  ["trivy/kubernetes.json", "Vulnerabilities", "Misconfigurations"],
  ["grype/many_vulns.json", "matches"],
  ["osv/many_findings.json", "results", "results.*.packages", "results.*.packages.*.vulnerabilities"],
  ["snyk/single_project_many_vulns.json", "vulnerabilities"],
  ["sarif/codeql.sarif", "runs.*.results"],
  ["sarif/semgrep_owasp_benchmark.sarif", "runs.*.results"],
  ["asff/prowler-output.asff.json", ""],
  ["asff/inspector_ec2_cve.json", "Findings"],
  ["ocsf/prowler_aws.ocsf.json", ""],
  ["wazuh/v4-8_many_findings.json", "hits.hits"],
  ["defender/report_many_vulns.json", "value"],
];

/** Turns the lists at a path around, in place. */
function reverseAt(value: Json | undefined, path: readonly string[]): void {
  const [step, ...rest] = path;
  if (step === undefined || step === "") (value as Json[]).reverse();
  else if (step === "*") for (const one of value as Json[]) reverseAt(one, rest);
  else if (typeof value === "object" && value !== null && !Array.isArray(value)) reverseAt(value[step], rest);
}

/** Checks, assets and findings, sorted, without the places that they were read at. */
async function read(text: string): Promise<string[]> {
  async function* whole() {
    yield Buffer.from(text);
  }
  const { events } = await readScan(whole());
  const told = events.map((event) =>
    event.type === "finding" ? { ...event, finding: { ...event.finding, where: "" } } : event,
  );
  return told.map((event) => JSON.stringify(event)).sort();
}

describe.skipIf(!existsSync(DATA))("real files (skipped without shared/data/scans)", () => {
  it.each(FILES)("%s says the same whatever the order of its records", async (file, ...lists) => {
    const text = readFileSync(DATA + file, "utf8");
    const turned = JSON.parse(text) as Json;
    for (const list of lists) reverseAt(turned, list.split("."));
    expect(JSON.stringify(turned)).not.toBe(JSON.stringify(JSON.parse(text)));
    expect(await read(JSON.stringify(turned))).toEqual(await read(text));
  });
});
