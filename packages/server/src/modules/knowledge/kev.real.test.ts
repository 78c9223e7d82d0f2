import { existsSync, readFileSync } from "node:fs";
import { ingestImportCreate, ingestImportGet } from "@breakwater/contract";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inSubscription, testCheck } from "../findings/scan-world.fixture.ts";

const FOLDER = new URL("../../../../../../shared/data/knowledge/kev/", import.meta.url);
const read = (day: string) => readFileSync(new URL(`known_exploited_vulnerabilities-${day}.json`, FOLDER));
const cvesOf = (file: Buffer) =>
  (JSON.parse(file.toString()) as { vulnerabilities: { cveID: string }[] }).vulnerabilities.map(({ cveID }) => cveID);

let installation: TestInstallation;
const hasCatalogues = existsSync(FOLDER);
beforeAll(async () => {
  if (hasCatalogues) installation = await startInstallation();
});
afterAll(() => installation?.close());

async function load(payload: Buffer): Promise<{ status: string; counts: Record<string, number> }> {
  const client = installation.client();
  type Job = { id: string; status: string; counts: Record<string, number> };
  let job = await (await client.call(ingestImportCreate, { payload })).json<Job>();
  while (job.status !== "COMPLETED" && job.status !== "FAILED") {
    await new Promise((resolve) => setTimeout(resolve, 250));
    job = await (await client.call(ingestImportGet, { params: { id: job.id } })).json<Job>();
  }
  return job;
}

const readScores = async () => {
  const { rows } = await sql<{ cveId: string; qds: number }>`
    SELECT cve_id AS "cveId", qds FROM finding ORDER BY cve_id`.execute(installation.db.write);
  return new Map(rows.map(({ cveId, qds }) => [cveId, qds]));
};

// Counted with jq apart from our own code: `.vulnerabilities | length` is 1404 and 1662, and with `[.vulnerabilities[].cveID]`
// as $a and $b, `$b - $a | length` is ADDED and `$a - $b | length` is REMOVED.
const ADDED = 258;
const REMOVED = 0;

test.skipIf(!hasCatalogues)(
  "the step from one catalogue to the next changes exactly the findings whose CVEs were added or taken off",
  async () => {
    const [former, latter] = [read("2025-08-25"), read("2026-08-07")];
    const all = [...new Set([...cvesOf(former), ...cvesOf(latter), "CVE-1999-0001"])];
    const checks = all.map((cveId) => testCheck(cveId, { cveIds: [cveId] }));
    const world = inSubscription(
      { database: undefined as never, db: installation.db, subscriptionId: 1, close: async () => {} },
      1,
    );
    const assets = [{ asset: { name: "everything" }, findings: all.map((checkId) => ({ checkId })) }];
    await world.importScan({ connection: "A", at: Date.UTC(2025, 0, 1), assets }, { checks });

    expect(await load(former)).toMatchObject({ status: "COMPLETED", counts: { recordsRead: 1404, recordsRefused: 0 } });
    const before = await readScores();
    expect([...before.values()].filter((qds) => qds === 90)).toHaveLength(1404);
    expect(await load(latter)).toMatchObject({ status: "COMPLETED", counts: { recordsRead: 1662, recordsRefused: 0 } });
    const after = await readScores();
    const raised = all.filter((cveId) => after.get(cveId)! > before.get(cveId)!);
    const lowered = all.filter((cveId) => after.get(cveId)! < before.get(cveId)!);
    expect([raised.length, lowered.length]).toEqual([ADDED, REMOVED]);
    const known = new Set(cvesOf(former));
    expect(raised.sort()).toEqual(
      cvesOf(latter)
        .filter((cveId) => !known.has(cveId))
        .sort(),
    );
    const listed = new Set(cvesOf(latter));
    for (const [cveId, qds] of after) expect([cveId, qds]).toEqual([cveId, listed.has(cveId) ? 90 : 44]);
  },
);
