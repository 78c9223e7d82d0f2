import { assetRisk, qdsBand } from "@breakwater/domain/risk/index";
import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import type { Caller } from "../../caller.ts";
import { scopeTo } from "../../db/scoped.ts";
import { acceptRisk } from "../acceptances/service.ts";
import { moveAttributions, movesTo, rescoreAssets } from "../findings/index.ts";
import type { ScanWorld, TestScan } from "../findings/scan-world.fixture.ts";
import { DAY, T, useScanWorld } from "../findings/use-scan-world.fixture.ts";
import { mergeAssets } from "./merge-assets.ts";
import { retestFinding } from "./retest-finding.ts";
import { splitAsset } from "./split-asset.ts";

const fresh = useScanWorld();

const MAC = "00:1b:1b:00:00:01";

type Told = { macs?: readonly string[]; ips?: string[]; names?: string[] };
const scan = (connection: string, day: number, told: Told, checks: string[]): TestScan => ({
  connection,
  product: connection,
  at: T + day * DAY,
  assets: [
    {
      asset: {
        name: told.names?.[0] ?? told.ips?.[0] ?? "h",
        macAddresses: [...(told.macs ?? [])],
        ipAddresses: told.ips ?? [],
        hostNames: told.names ?? [],
      },
      findings: checks.map((checkId) => ({ checkId })),
    },
  ],
});

const handles = ({ db, subscriptionId }: ScanWorld) => {
  const caller = { subscriptionId, username: "m", scope: { kind: "all" } } as Caller;
  return { scoped: scopeTo(db, caller), parts: { db, clock: () => T }, actor: { caller, address: "" } };
};
const split = (own: ScanWorld, assetId: number, wish: Parameters<typeof splitAsset>[4]) => {
  const { scoped, parts, actor } = handles(own);
  return splitAsset(scoped, parts, actor, String(assetId), wish);
};
const merge = (own: ScanWorld, assetId: number, other: number) => {
  const { scoped, parts, actor } = handles(own);
  return mergeAssets(scoped, parts, actor, String(assetId), String(other));
};

type AssetState = {
  id: number;
  connections: string[];
  identifiers: string[];
  sources: string[];
  risk: number;
  count: number;
};
const assets = async ({ db, subscriptionId }: ScanWorld) =>
  (
    await sql<AssetState>`
      SELECT a.id, a.sources, a.risk, a.finding_count AS count,
        ARRAY(SELECT n.name FROM asset_source s JOIN connection n ON n.subscription_id = s.subscription_id
          AND n.id = s.connection_id WHERE s.subscription_id = a.subscription_id AND s.asset_id = a.id ORDER BY 1) AS connections,
        ARRAY(SELECT i.value FROM asset_identifier i WHERE i.subscription_id = a.subscription_id AND i.asset_id = a.id
          ORDER BY 1) AS identifiers
      FROM asset a WHERE a.subscription_id = ${subscriptionId} ORDER BY a.id`.execute(db.write)
  ).rows;

type FindingState = { assetId: number; check: string; status: string; qds: number; sources: object[] };

/** Findings with the id of their asset, times as readers see them. */
async function findings({ db, subscriptionId }: ScanWorld): Promise<FindingState[]> {
  const { rows } = await sql<FindingState>`
    SELECT f.asset_id AS "assetId", c.vendor_id AS check, f.status, f.qds, f.first_found AS "firstFound",
      greatest(f.last_found, max(v.seen_at) FILTER (WHERE s.is_present)) AS "lastFound", f.last_fixed AS "lastFixed",
      f.reopened_at AS "reopenedAt", json_agg(json_build_object('connection', s.connection_id, 'isPresent', s.is_present,
        'firstSeen', s.first_seen, 'lastSeen', CASE WHEN s.is_present THEN greatest(s.last_seen, v.seen_at)
        ELSE s.last_seen END) ORDER BY s.connection_id) AS sources
    FROM finding f JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
    JOIN finding_source s ON s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint
    LEFT JOIN asset_source v ON v.subscription_id = s.subscription_id AND v.asset_id = s.asset_id
      AND v.connection_id = s.connection_id
    WHERE f.subscription_id = ${subscriptionId} GROUP BY f.subscription_id, f.id, c.vendor_id
    ORDER BY f.asset_id, c.vendor_id, f.check_id`.execute(db.write);
  return rows;
}

/** Reckoned anew from the findings by other means than the store's. */
async function expectStoredScoresAreCurrent(own: ScanWorld): Promise<void> {
  const open = (await findings(own)).filter(({ status }) => status !== "FIXED");
  for (const { id, risk, count } of await assets(own)) {
    const ofAsset = open.filter(({ assetId }) => assetId === id);
    const bands = Object.fromEntries(
      [...Map.groupBy(ofAsset, ({ qds }) => qdsBand(qds))].map(([band, list]) => [
        band,
        { count: list.length, average: list.reduce((sum, { qds }) => sum + qds, 0) / list.length },
      ]),
    );
    expect({ id, risk, count }).toEqual({
      id,
      risk: assetRisk({ criticality: 2, isInternetFacing: false, bands }),
      count: ofAsset.length,
    });
  }
}

async function merged() {
  const own = await fresh();
  await own.importScan(scan("A", 0, { macs: [MAC], ips: ["10.0.0.1"] }, ["x", "y"]));
  await own.importScan(scan("B", 1, { ips: ["10.0.0.1"], names: ["b.plant.example"] }, ["x", "z"]));
  const [asset, ...others] = await assets(own);
  expect(others).toEqual([]);
  return { own, id: asset!.id };
}

describe("an asset that two things were taken for", () => {
  test("becomes two by its sources: identifiers that only they told, findings and scores go with them", async () => {
    const { own, id } = await merged();
    const part = await split(own, id, { connections: ["b"] });
    expect(await assets(own)).toMatchObject([
      { id, connections: ["A"], identifiers: [MAC, "10.0.0.1"].sort(), sources: ["A"], count: 2 },
      { id: part, connections: ["B"], identifiers: ["b.plant.example"], sources: ["B"], count: 2 },
    ]);
    expect((await findings(own)).map(({ assetId, check, sources }) => [assetId, check, sources.length])).toEqual([
      [id, "x", 1],
      [id, "y", 1],
      [part, "x", 1],
      [part, "z", 1],
    ]);
    await expectStoredScoresAreCurrent(own);
  });

  test("stays two whatever either source tells next, and a third source goes by what it tells", async () => {
    const { own, id } = await merged();
    const part = await split(own, id, { connections: ["B"] });
    for (const day of [2, 3]) {
      expect(await own.importScan(scan("B", day, { ips: ["10.0.0.1"], macs: [MAC] }, ["x"]))).toMatchObject({
        assetsNew: 0,
      });
      expect(
        await own.importScan(scan("A", day, { ips: ["10.0.0.1"], names: ["b.plant.example"] }, ["x"])),
      ).toMatchObject({ assetsNew: 0 });
    }
    await own.importScan(scan("C", 4, { macs: [MAC] }, []));
    await own.importScan(scan("D", 4, { names: ["b.plant.example"] }, []));
    expect((await assets(own)).map(({ id: one, connections }) => [one, connections])).toEqual([
      [id, ["A", "C"]],
      [part, ["B", "D"]],
    ]);
  });

  test("becomes three, and none of its sources speaks of another's part", async () => {
    const { own, id } = await merged();
    await own.importScan(scan("C", 2, { ips: ["10.0.0.1"] }, ["x"]));
    const b = await split(own, id, { connections: ["B"] });
    const c = await split(own, id, { connections: ["C"] });
    const all = { ips: ["10.0.0.1"], macs: [MAC], names: ["b.plant.example"] };
    for (const [index, name] of ["A", "B", "C", "A", "B", "C"].entries()) {
      expect(await own.importScan(scan(name, 3 + index, all, ["x"]))).toMatchObject({ assetsNew: 0 });
    }
    expect((await assets(own)).map(({ id: one, connections }) => [one, connections])).toEqual([
      [id, ["A"]],
      [b, ["B"]],
      [c, ["C"]],
    ]);
    await merge(own, id, b);
    expect((await assets(own)).map(({ id: one, connections }) => [one, connections])).toEqual([
      [id, ["A", "B"]],
      [c, ["C"]],
    ]);
  });

  test.each([true, false])("goes on in both parts; to be tested again: %s", async (isRetest) => {
    const own = await fresh();
    const seenBy = (connection: string, day: number, told: Told) =>
      own.importScan({ ...scan(connection, day, told, ["x"]), product: "P" });
    await seenBy("A", 0, { macs: [MAC], ips: ["10.0.0.1"] });
    await seenBy("C", 1, { ips: ["10.0.0.1"] });
    const [asset] = await assets(own);
    const { scoped, actor } = handles(own);
    const { rows } = await sql<{ id: string }>`SELECT id::text AS id FROM finding
      WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.write);
    if (isRetest) await retestFinding(scoped, T + DAY, actor, rows[0]!.id);
    const part = await split(own, asset!.id, { connections: ["C"] });
    const states = async () => (await findings(own)).map(({ assetId, status }) => [assetId, status]);
    const before = isRetest ? "RETEST" : "NEW";
    expect(await states()).toEqual([
      [asset!.id, before],
      [part, before],
    ]);
    await seenBy("C", 2, { ips: ["10.0.0.1"] });
    expect(await states()).toEqual([
      [asset!.id, before],
      [part, "ACTIVE"],
    ]);
  });

  test("becomes two by identifiers: the sources that know it by these alone go", async () => {
    const { own, id } = await merged();
    await own.importScan(scan("C", 2, { names: ["b.plant.example"] }, ["x"]));
    await expect(split(own, id, { identifiers: [{ kind: "ip", value: "10.0.0.1" }] })).rejects.toThrow(
      /name connections/,
    );
    const part = await split(own, id, { identifiers: [{ kind: "fqdn", value: "B.plant.example" }] });
    expect(await assets(own)).toMatchObject([
      { id, connections: ["A", "B"] },
      { id: part, connections: ["C"], identifiers: ["b.plant.example"] },
    ]);
  });

  test("was looked at last when the sources taken out did, also where several products share the connection", async () => {
    const own = await fresh();
    await own.importScan(scan("A", 1, { ips: ["10.0.0.1"], names: ["a.plant.example"] }, ["x"]));
    for (const [product, day] of [
      ["Nmap", 2],
      ["Trivy", 3],
    ] as const) {
      const mix = scan("mix", day, { ips: ["10.0.0.2"], names: ["a.plant.example"] }, ["x"]);
      await own.importScan({ ...mix, product, isComplete: true });
    }
    await own.importScan(scan("A", 5, { ips: ["10.0.0.1"], names: ["a.plant.example"] }, ["x", "y"]));
    const [asset] = await assets(own);
    const part = await split(own, asset!.id, { connections: ["mix"] });
    const { rows } = await sql`SELECT updated_at AS at FROM asset WHERE id = ${part}`.execute(own.db.write);
    expect(rows).toEqual([{ at: new Date(T + 3 * DAY) }]);
  });

  test("becomes two with the interfaces of each, and none is lost", async () => {
    const own = await fresh();
    const card = (address: string | null, macAddress: string | null, hostName: string | null = null) => ({
      address,
      hostName,
      macAddress,
    });
    const [first, second] = [card("10.0.0.1", null, "A.plant.example"), card("10.0.0.2", MAC, "a.plant.example")];
    const unknown = card(null, null, "cellar");
    await own.importScan(scan("A", 0, { ips: ["10.0.0.1"], names: ["a.plant.example"] }, ["x"]));
    await own.importScan(scan("B", 1, { ips: ["10.0.0.2"], macs: [MAC], names: ["a.plant.example"] }, ["x"]));
    const mixed = card("10.0.0.1", MAC);
    await sql`UPDATE asset SET interfaces = ${JSON.stringify([first, second, unknown, mixed])}::jsonb
      WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.write);
    const interfaces = async () =>
      (
        await sql<{ interfaces: object[] }>`SELECT interfaces FROM asset
          WHERE subscription_id = ${own.subscriptionId} ORDER BY id`.execute(own.db.write)
      ).rows.map((row) => row.interfaces.map((one) => JSON.stringify(Object.entries(one).sort())).sort());
    const [asset] = await assets(own);
    const [before] = await interfaces();
    expect(before).toHaveLength(4);
    const part = await split(own, asset!.id, { connections: ["B"] });
    const [remainder, its] = await interfaces();
    expect(its).toEqual([JSON.stringify(Object.entries(second).sort())]);
    expect(remainder).toEqual(before!.filter((one) => !its!.includes(one)));
    await merge(own, asset!.id, part);
    expect(await interfaces()).toEqual([before]);
  });

  test("gives a part whose sources told nothing to know it by no interfaces", async () => {
    const own = await fresh();
    await own.importScan(scan("A", 0, { ips: ["10.0.0.1"] }, ["x"]));
    await own.importScan(scan("B", 1, { ips: ["10.0.0.1"] }, ["x"]));
    const [asset] = await assets(own);
    const told = JSON.stringify([{ address: "10.0.0.1", hostName: null, macAddress: MAC }]);
    await sql`UPDATE asset SET interfaces = ${told}::jsonb WHERE id = ${asset!.id}`.execute(own.db.write);
    await sql`UPDATE asset_source SET identifiers = '[]' WHERE subscription_id = ${own.subscriptionId}`.execute(
      own.db.write,
    );
    const part = await split(own, asset!.id, { connections: ["B"] });
    const { rows } = await sql`SELECT id, jsonb_array_length(interfaces) AS count FROM asset
      WHERE id IN (${asset!.id}, ${part}) ORDER BY id`.execute(own.db.write);
    expect(rows).toEqual([
      { id: asset!.id, count: 1 },
      { id: part, count: 0 },
    ]);
  });

  test.each([
    [{}, /must say what/],
    [{ connections: ["Q"] }, /no source of this asset; those are: A, B/],
    [{ connections: ["A", "B"] }, /all its sources/],
    [{ identifiers: [{ kind: "ip" as const, value: "10.0.0.2" }] }, /not known of this asset/],
  ])("is not split by %j", async (wish, message) => {
    const { own, id } = await merged();
    await expect(split(own, id, wish)).rejects.toThrow(message);
  });
});

describe("two assets that are one", () => {
  test("are merged, and what knew either knows the one", async () => {
    const own = await fresh();
    await own.importScan(scan("A", 0, { ips: ["10.0.0.1"] }, ["x"]));
    await own.importScan(scan("A", 1, { ips: ["10.0.0.2"] }, ["x", "y"]));
    const [one, other] = await assets(own);
    await merge(own, one!.id, other!.id);
    expect(await assets(own)).toMatchObject([{ id: one!.id, identifiers: ["10.0.0.1", "10.0.0.2"], count: 2 }]);
    expect(await findings(own)).toMatchObject([
      { check: "x", status: "ACTIVE", firstFound: new Date(T), lastFound: new Date(T + DAY) },
      { check: "y", status: "NEW", firstFound: new Date(T + DAY) },
    ]);
    expect(await own.importScan(scan("A", 2, { ips: ["10.0.0.2"] }, ["x", "y"]))).toMatchObject({
      assetsNew: 0,
      findingsNew: 0,
    });
    await expectStoredScoresAreCurrent(own);
  });

  test("have the criticality of the connection that saw them first, merged as split again", async () => {
    const own = await fresh();
    await sql`INSERT INTO connection (subscription_id, name, product, default_criticality)
      VALUES (${own.subscriptionId}, 'A', '', 2), (${own.subscriptionId}, 'B', '', 5)`.execute(own.db.write);
    await own.importScan(scan("A", 1, { ips: ["10.0.0.1"] }, ["x"]));
    await own.importScan(scan("B", 0, { ips: ["10.0.0.2"] }, ["x"]));
    const [one, other] = await assets(own);
    const read = async () =>
      (
        await sql<{ criticality: number; risk: number }>`SELECT criticality, risk FROM asset
          WHERE subscription_id = ${own.subscriptionId} ORDER BY id`.execute(own.db.write)
      ).rows;
    const apart = await read();
    expect(apart.map(({ criticality }) => criticality)).toEqual([2, 5]);
    await merge(own, one!.id, other!.id);
    const [merged, ...none] = await read();
    expect([merged!.criticality, none]).toEqual([5, []]);
    expect(merged!.risk).toBeGreaterThanOrEqual(apart[1]!.risk);
    await split(own, one!.id, { connections: ["B"] });
    expect(await read()).toEqual(apart);
  });

  test("are not merged while an import of one is under way, nor one with itself", async () => {
    const { own, id } = await merged();
    const part = await split(own, id, { connections: ["B"] });
    await expect(merge(own, id, id)).rejects.toThrow(/itself/);
    await sql`INSERT INTO import_asset (subscription_id, job_id, asset_id, seen_from, seen_to, digest, has_fresh)
      SELECT subscription_id, id, ${part}, now(), now(), '', false FROM import_job WHERE subscription_id = ${own.subscriptionId} LIMIT 1`.execute(
      own.db.write,
    );
    await expect(merge(own, id, part)).rejects.toThrow(/under way/);
    await expect(split(own, part, { connections: ["B"] })).rejects.toThrow(/under way/);
  });
});

// Properties --------------------------------------------------------------------------------------------------------

const SOURCES = ["A", "B", "C"];
/** Each source tells the shared address, so that all are one asset, and what it likes beside it. */
const anyRun = fc.record({
  source: fc.constantFrom(...SOURCES),
  told: fc.record({ macs: fc.constantFrom([], [MAC]), names: fc.subarray(["a.plant.example"]) }),
  checks: fc.subarray(["x", "y", "z"]),
});
const story = fc.record({
  before: fc.array(anyRun, { minLength: 2, maxLength: 6 }),
  after: fc.array(anyRun, { maxLength: 4 }),
  taken: fc.subarray(SOURCES, { minLength: 1, maxLength: 2 }),
});

async function importRuns(
  own: ScanWorld,
  runs: readonly (typeof anyRun extends fc.Arbitrary<infer R> ? R : never)[],
  from: number,
) {
  for (const [index, { source, told, checks }] of runs.entries()) {
    await own.importScan(scan(source, from + index, { ...told, ips: ["10.0.0.1"] }, checks));
  }
}

/** Asks for something to be done to the finding of an asset, which goes elsewhere before that gets its turn. */
async function askWhileMoving(
  isDeleted: boolean,
  isThereToo: boolean,
  ask: (own: ScanWorld, id: string) => Promise<unknown>,
) {
  const own = await fresh();
  await own.importScan(scan("A", 0, { ips: ["10.0.0.1"] }, ["x"]));
  await own.importScan(scan("A", 1, { ips: ["10.0.0.2"] }, isThereToo ? ["x"] : []));
  const [from, to] = (await assets(own)).map(({ id }) => id) as [number, number];
  const { rows } = await sql<{ id: string }>`SELECT id::text AS id FROM finding WHERE asset_id = ${from}`.execute(
    own.db.write,
  );
  const asked = await own.db.imports.transaction().execute(async (tx) => {
    await sql`SELECT FROM asset WHERE id IN (${from}, ${to}) ORDER BY id FOR NO KEY UPDATE`.execute(tx);
    const answer = ask(own, rows[0]!.id).then(
      () => "done",
      ({ code }) => code,
    );
    while (!(await isSomebodyWaiting(own))) await new Promise((resolve) => setTimeout(resolve, 5));
    const moves = await movesTo(tx, own.subscriptionId, { from, to, connectionIds: null });
    await moveAttributions(tx, own.subscriptionId, moves);
    if (isDeleted) await sql`DELETE FROM asset WHERE id = ${from}`.execute(tx);
    await rescoreAssets(tx, own.subscriptionId, isDeleted ? [to] : [from, to]);
    return { answer };
  });
  return asked.answer;
}

async function isSomebodyWaiting({ db }: ScanWorld): Promise<boolean> {
  const { rows } = await sql`SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db.write);
  return rows.length > 0;
}

const accept = (own: ScanWorld, id: string) => {
  const { scoped, parts, actor } = handles(own);
  return acceptRisk(scoped, parts, actor, id, { reason: "so be it" });
};
const retest = (own: ScanWorld, id: string) => {
  const { scoped, actor } = handles(own);
  return retestFinding(scoped, T + DAY, actor, id);
};

test.each([
  ["goes to another asset", false, false, "40001"],
  ["becomes that of the asset that its own is merged into", true, false, "done"],
  ["ends in another", false, true, "not-found"],
] as const)("what is asked of a finding that %s meanwhile", async (_title, isDeleted, isThereToo, expected) => {
  for (const ask of [accept, retest]) expect(await askWhileMoving(isDeleted, isThereToo, ask)).toBe(expected);
});

test("split and merged again, everything is as it was; split, it stays split", async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ before, after, taken }) => {
      const own = await fresh();
      await importRuns(own, before, 0);
      const known = (await assets(own))[0]!;
      const wish = { connections: taken.filter((name) => known.connections.includes(name)) };
      fc.pre(wish.connections.length > 0 && wish.connections.length < known.connections.length);
      const findingsBefore = await findings(own);
      const part = await split(own, known.id, wish);
      await expectStoredScoresAreCurrent(own);
      await merge(own, known.id, part);
      expect(await assets(own)).toEqual([known]);
      expect(await findings(own)).toEqual(findingsBefore);
      const again = await split(own, known.id, wish);
      await importRuns(own, after, before.length);
      const owner = new Map(
        (await assets(own)).flatMap(({ id, connections }) => connections.map((name) => [name, id])),
      );
      for (const name of known.connections)
        expect([name, owner.get(name)]).toEqual([name, wish.connections.includes(name) ? again : known.id]);
      await expectStoredScoresAreCurrent(own);
    }),
    { numRuns: 20, interruptAfterTimeLimit: 100_000 },
  );
}, 150_000);
