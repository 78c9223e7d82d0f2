import { readFileSync } from "node:fs";
import { ingestImportCreate, ingestImportGet } from "@breakwater/contract";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";

type Job = { id: string; status: string; counts: Record<string, number>; issues: unknown[] };

const SAMPLE = "../../../../../../shared/data/scans/nessus/nessus_v_unknown.nessus";
let installation: TestInstallation;
beforeAll(async () => {
  installation = await startInstallation();
});
afterAll(() => installation.close());

async function importSample(): Promise<Job> {
  const client = installation.client();
  const payload = readFileSync(new URL(SAMPLE, import.meta.url));
  let job = await (await client.call(ingestImportCreate, { payload })).json<Job>();
  while (job.status !== "COMPLETED" && job.status !== "FAILED") {
    await new Promise((resolve) => setTimeout(resolve, 20));
    job = await (await client.call(ingestImportGet, { params: { id: job.id } })).json<Job>();
  }
  return job;
}

const readAll = async () => {
  const { rows } = await sql`
    SELECT a.name, a.risk, f.fingerprint, f.status, f.cve_id, f.severity, f.qds, f.port, f.first_found, s.evidence
    FROM finding f JOIN asset a ON a.id = f.asset_id
    JOIN finding_source s ON s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint
    ORDER BY a.name, f.fingerprint`.execute(installation.db.write);
  return rows;
};

// Counted apart from our own code, with Python's ElementTree: 7 ReportHost with 7 MAC addresses, 296 ReportItem of 32
// plugins, none of them compliance rules; distinct (host, CVE or else plugin id, port, protocol): 296, of which 7 by CVE.
test("the sample report gives 7 assets and 296 findings, and a second import changes nothing but last-seen", async () => {
  const first = await importSample();
  expect(first.status).toBe("COMPLETED");
  expect(first.counts).toMatchObject({ recordsRead: 296, findingsNew: 296, assetsNew: 7, recordsRefused: 0 });
  const findings = await readAll();
  expect(findings).toHaveLength(296);
  expect(findings.filter((row) => (row as { cve_id: string | null }).cve_id !== null)).toHaveLength(7);
  const { rows: assets } = await sql`
    SELECT name, mac_addresses AS mac FROM asset ORDER BY name`.execute(installation.db.write);
  expect(assets[0]).toEqual({ name: "qa3app01", mac: ["00:50:56:81:01:b8"] });
  const second = await importSample();
  expect(second.counts).toMatchObject({
    recordsRead: 296,
    findingsUnchanged: 296,
    findingsNew: 0,
    findingsUpdated: 0,
    assetsNew: 0,
    assetsMerged: 0,
  });
  expect(await readAll()).toEqual(findings);
});
