import { PERMISSIONS } from "@breakwater/contract";
import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import type { Caller } from "../../caller.ts";
import { scopeTo } from "../../db/scoped.ts";
import { changeConnection, createConnection } from "../ingest/connection-service.ts";
import { readFindings, type ScanWorld, testCheck } from "./scan-world.fixture.ts";
import { walkScores } from "./score-walk.ts";
import { DAY, useScanWorld } from "./use-scan-world.fixture.ts";

const T = Date.UTC(2026, 0, 1);

const fresh = useScanWorld();

type Source = {
  rank: number;
  criticality: number | null;
  day: number;
  severity: number;
  os: string;
  cloud: "AWS" | "GCP" | undefined;
  seen: number[];
  name: string;
};
const source: fc.Arbitrary<Source> = fc.record({
  rank: fc.constantFrom(10, 50, 90),
  criticality: fc.constantFrom(null, 1, 5),
  day: fc.integer({ min: 0, max: 3 }),
  severity: fc.integer({ min: 3, max: 4 }),
  os: fc.constantFrom("Linux", "Windows", "BSD"),
  cloud: fc.constantFrom("AWS", "GCP", undefined),
  seen: fc.subarray([1, 2, 3], { minLength: 1 }),
  name: fc.constantFrom("web.corp.example", "www.corp.example", "10.0.0.1"),
});

const callerOf = (subscriptionId: number): Caller => ({
  subscriptionId,
  isOperator: true,
  account: { kind: "user", id: 1 },
  username: "manager",
  role: "Manager",
  permissions: new Set(PERMISSIONS),
  scope: { kind: "all" },
});
const quiet = { jobs: () => ({ enqueue: async () => undefined }) };

/** Three sources tell of three CVEs of one host, each by a product and checks of its own. */
async function tell(sources: readonly Source[], order: readonly number[]): Promise<ScanWorld> {
  const own = await fresh();
  const actor = { caller: callerOf(own.subscriptionId), address: "" };
  const db = scopeTo(own.db, actor.caller);
  for (const index of order) {
    const { rank, criticality } = sources[index]!;
    const settings = { trustRank: rank, ...(criticality === null ? {} : { defaultCriticality: criticality }) };
    await createConnection(db, actor, { name: `K${index}`, ...settings });
  }
  for (const index of order) {
    const { day, severity, os, cloud, seen, name } = sources[index]!;
    const checks = [1, 2, 3].map((n) =>
      testCheck(`p${index}c${n}`, { cveIds: [`CVE-2026-000${n}`], severity: severity as 3 }),
    );
    const told = { operatingSystem: os, ...(cloud ? { cloudProvider: cloud } : {}) };
    const asset = { name, ipAddresses: ["10.0.0.1"], macAddresses: ["00:1d:9c:00:00:01"], ...told };
    const findings = seen.map((n) => ({ checkId: `p${index}c${n}` }));
    const scan = { connection: `K${index}`, product: `P${index}`, at: T + day * DAY, assets: [{ asset, findings }] };
    await own.importScan(scan, { checks });
  }
  return own;
}

type Told = { check: string; severity: number };

/** Whose check stands for a CVE: rank, severity, name of the connection. */
function expectedFinding(sources: readonly Source[], ranks: readonly number[], n: number): Told | undefined {
  const telling = sources.flatMap((one, index) => (one.seen.includes(n) ? [{ ...one, index }] : []));
  telling.sort((a, b) => ranks[a.index]! - ranks[b.index]! || b.severity - a.severity || a.index - b.index);
  const [first] = telling;
  return first && { check: `p${first.index}c${n}`, severity: first.severity };
}

function expectedCriticality(sources: readonly Source[]): number {
  const [first] = sources.map((one, index) => ({ ...one, index })).sort((a, b) => a.day - b.day || a.index - b.index);
  return first!.criticality ?? 2;
}

/** Of those that say whose cloud it is in: the lowest rank, the newest, the name of the connection. */
function expectedCloud(sources: readonly Source[], ranks: readonly number[]): string | null {
  const telling = sources.flatMap(({ cloud, day }, index) => (cloud ? [{ cloud, day, index }] : []));
  telling.sort((a, b) => ranks[a.index]! - ranks[b.index]! || b.day - a.day || a.index - b.index);
  return telling[0]?.cloud ?? null;
}

async function stateOf(own: ScanWorld) {
  const findings = await readFindings(own.db, own.subscriptionId);
  const { rows: assets } = await sql<{
    criticality: number;
    os: string;
    cloud: string | null;
    name: string;
    risk: number;
  }>`
    SELECT name, criticality, operating_system AS os, cloud_provider AS cloud, risk FROM asset WHERE subscription_id = ${own.subscriptionId}`.execute(
    own.db.write,
  );
  return { findings: findings.map(({ cveId, check, severity, qds }) => ({ cveId, check, severity, qds })), assets };
}

function expectTrusted(
  state: Awaited<ReturnType<typeof stateOf>>,
  sources: readonly Source[],
  ranks: readonly number[],
) {
  const told = [1, 2, 3].flatMap((n) => {
    const one = expectedFinding(sources, ranks, n);
    return one ? [{ cveId: `CVE-2026-000${n}`, ...one, qds: one.severity === 3 ? 44 : 64 }] : [];
  });
  expect(state.findings).toEqual(told);
}

test("whichever source was imported first, the most trusted one's word stands, and the first to see an asset decides its criticality", async () => {
  const order = fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 });
  const three = fc.array(source, { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      three,
      order,
      order,
      fc.nat(2),
      fc.constantFrom(1, 50, 100),
      async (sources, one, other, index, rank) => {
        const [first, second] = [await tell(sources, one), await tell(sources, other)];
        const state = await stateOf(first);
        const ranks = sources.map((told) => told.rank);
        expectTrusted(state, sources, ranks);
        expect(state.assets.map(({ cloud }) => cloud)).toEqual([expectedCloud(sources, ranks)]);
        expect(state.assets.map(({ criticality }) => criticality)).toEqual([expectedCriticality(sources)]);
        expect(await stateOf(second)).toEqual(state);
        // Another rank acts on what is there.
        const actor = { caller: callerOf(first.subscriptionId), address: "" };
        const db = scopeTo(first.db, actor.caller);
        const { rows } = await sql<{ id: number }>`SELECT id FROM connection
        WHERE subscription_id = ${first.subscriptionId} AND name = ${`K${index}`}`.execute(first.db.write);
        const change = { trustRank: rank, defaultCriticality: 4 };
        await changeConnection(db, quiet, actor, { id: rows[0]!.id, change });
        await first.db.imports.transaction().execute((tx) => walkScores(tx, first.subscriptionId));
        const later = await stateOf(first);
        expectTrusted(later, sources, ranks.with(index, rank));
        const changed = sources.with(index, { ...sources[index]!, criticality: 4 });
        expect(later.assets.map(({ criticality }) => criticality)).toEqual([expectedCriticality(changed)]);
      },
    ),
    { numRuns: 25 },
  );
});

const changeOf = (own: ScanWorld, id: number, change: Parameters<typeof changeConnection>[3]["change"]) => {
  const actor = { caller: callerOf(own.subscriptionId), address: "" };
  return changeConnection(scopeTo(own.db, actor.caller), quiet, actor, { id, change });
};
const connections = async ({ db, subscriptionId }: ScanWorld) =>
  (
    await sql<{
      id: number;
    }>`SELECT id FROM connection WHERE subscription_id = ${subscriptionId} ORDER BY name`.execute(db.write)
  ).rows.map(({ id }) => id);
const see = (own: ScanWorld, connection: string, day: number, addresses: readonly string[]) => {
  const assets = addresses.map((address) => ({
    asset: { name: address, ipAddresses: [address] },
    findings: [{ checkId: "c" }],
  }));
  return own.importScan({ connection, at: T + day * DAY, assets });
};

test("a change of a connection locks only assets that it gives another criticality", async () => {
  const own = await fresh();
  await see(own, "K0", 0, ["10.0.0.1", "10.0.0.2"]);
  await see(own, "K1", 1, ["10.0.0.2", "10.0.0.3"]);
  const [, id] = await connections(own);
  await own.db.imports.transaction().execute(async (tx) => {
    await sql`SELECT FROM asset WHERE subscription_id = ${own.subscriptionId} AND name <> '10.0.0.3' FOR UPDATE`.execute(
      tx,
    );
    await changeOf(own, id!, { defaultCriticality: 5 });
  });
  const { assets } = await stateOf(own);
  expect(Object.fromEntries(assets.map(({ name, criticality }) => [name, criticality]))).toEqual({
    "10.0.0.1": 2,
    "10.0.0.2": 2,
    "10.0.0.3": 5,
  });
});

test("a change of a connection and a walk that is under way do not wait for each other", async () => {
  const own = await fresh();
  await see(own, "K0", 0, ["10.0.0.1"]);
  const [id] = await connections(own);
  await changeOf(own, id!, { trustRank: 10 });
  let change: Promise<unknown> | undefined;
  await own.db.imports.transaction().execute(async (tx) => {
    await sql`SELECT FROM score_walk WHERE subscription_id = ${own.subscriptionId} FOR UPDATE`.execute(tx);
    change = changeOf(own, id!, { defaultCriticality: 5 });
    for (let isWaiting = false; !isWaiting; ) {
      const { rows } = await sql`SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(own.db.write);
      isWaiting = rows.length > 0;
    }
    expect(await walkScores(tx, own.subscriptionId)).toBe(true);
  });
  await change;
  expect((await stateOf(own)).assets.map(({ criticality }) => criticality)).toEqual([5]);
});

test("of equal checks the first by the source's own id is shown, before and after a second connection appears", async () => {
  const checks = ["b", "a"].map((id) => testCheck(id, { cveIds: ["CVE-2026-0001"] }));
  const scan = (connection: string, day: number, checkIds: string[]) => {
    const assets = [
      { asset: { name: "h", ipAddresses: ["10.0.0.1"] }, findings: checkIds.map((checkId) => ({ checkId })) },
    ];
    return { connection, at: T + day * DAY, assets };
  };
  const own = await fresh();
  const shown = async () => (await readFindings(own.db, own.subscriptionId)).map(({ check }) => check);
  await own.importScan(scan("K", 0, ["b"]), { checks });
  await own.importScan(scan("K", 1, ["b", "a"]), { checks });
  expect(await shown()).toEqual(["a"]);
  await own.importScan(scan("L", 2, ["b"]), { checks });
  expect(await shown()).toEqual(["a"]);
});
