import { expect } from "vitest";
import { bodyOf, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { followReport, REPORTS, readFindings, submitReport } from "../reports.ts";
import { ownTest, type Target, useOwnTarget } from "../target.ts";

const target = useOwnTarget();

type Run = {
  results: { ruleId: string; level: string; fingerprints: Record<string, string> }[];
  tool: { driver: Driver };
};
type Driver = { name: string; rules: { id: string }[] };
type Vulnerability = { "bom-ref": string; id: string; analysis: { state: string }; affects: { ref: string }[] };
type Statement = { "@id": string; vulnerability: { name: string }; status: string; action_statement: string };

async function readDocument<T>(on: Target, token: string, reportFormat: string, part: string, type: string) {
  const { id } = await submitReport(on, token, { reportFormat, findingsQql: "finding.severity>=3" });
  const report = await followReport(on, token, id);
  expect(report).toMatchObject({ status: "COMPLETED", reportFormat, resources: [part], recordCount: 2 });
  const answer = await get(on, `${REPORTS}/${id}/resources/${part}`, token);
  expect(answer.headers.get("content-type")).toBe(type);
  return bodyOf<T>(answer);
}

ownTest("etm 1.1 [B]: SARIF, CYCLONEDX and OPENVEX hold the findings that match, each by its id", async () => {
  const token = await logIn(target);
  const items = [
    { pluginId: 77_001, severity: 4 as const, cves: ["CVE-2020-1472"], cvss3: 9.8 },
    { pluginId: 77_002, severity: 2 as const },
    { pluginId: 77_003, severity: 1 as const },
  ];
  await importFile(target, token, nessusFile([{ ip: "10.6.0.2", items }]));
  const findings = await readFindings(target, token, { findingsQql: "finding.severity>=3" });
  const ids = findings.map(({ id }) => id).sort();
  const names = ["CVE-2020-1472", "Nessus/77002"];

  const sarif = await readDocument<{ version: string; runs: Run[] }>(
    target,
    token,
    "SARIF",
    "part_1.sarif",
    "application/sarif+json",
  );
  const [run] = sarif.runs as [Run];
  expect(sarif.version).toBe("2.1.0");
  expect(run.tool.driver.rules.map(({ id }) => id).sort()).toEqual(names);
  expect(run.results.map((result) => result.fingerprints["breakwater/v1"]).sort()).toEqual(ids);
  expect(run.results.find(({ ruleId }) => ruleId === "CVE-2020-1472")?.level).toBe("error");

  const bom = await readDocument<{ specVersion: string; vulnerabilities: Vulnerability[] }>(
    target,
    token,
    "CYCLONEDX",
    "part_1.cdx.json",
    "application/vnd.cyclonedx+json; version=1.6",
  );
  expect(bom.specVersion).toBe("1.6");
  expect(bom.vulnerabilities.map(({ id }) => id).sort()).toEqual(names);
  expect(bom.vulnerabilities.map((one) => one["bom-ref"]).sort()).toEqual(
    ids.map((id) => `urn:breakwater:finding:${id}`),
  );
  for (const { analysis } of bom.vulnerabilities) expect(analysis.state).toBe("exploitable");

  const vex = await readDocument<{ statements: Statement[] }>(
    target,
    token,
    "OPENVEX",
    "part_1.openvex.json",
    "application/json",
  );
  expect(vex.statements.map(({ vulnerability }) => vulnerability.name).sort()).toEqual(names);
  expect(vex.statements.map((one) => one["@id"]).sort()).toEqual(ids.map((id) => `urn:breakwater:finding:${id}`));
  for (const statement of vex.statements) {
    expect(statement).toMatchObject({ status: "affected", action_statement: "Update." });
  }
});
