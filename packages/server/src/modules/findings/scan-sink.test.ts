import { assetRisk, qdsBand } from "@breakwater/domain/risk/index";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Scope } from "../../caller.ts";
import { scopeTo } from "../../db/scoped.ts";
import { explainAsset } from "../etm/explain-asset.ts";
import { readGrounds } from "../etm/finding-store.ts";
import { matchInScope } from "./explain-match.ts";
import {
  addSubscription,
  inSubscription,
  openScanWorld,
  readFindings,
  type ScanWorld,
  type TestScan,
  testCheck,
  toEvents,
} from "./scan-world.fixture.ts";

let world: ScanWorld;
beforeAll(async () => {
  world = await openScanWorld();
});
afterAll(() => world.close());

/** Every test its own subscription: nothing of one is seen by another. */
async function fresh(): Promise<ScanWorld> {
  const subscriptionId = await addSubscription(world.db);
  return inSubscription(world, subscriptionId);
}

const host = (name: string, ip: string) => ({ name, ipAddresses: [ip] });
const scan = (at: number, checkIds: string[], more: Partial<TestScan> = {}): TestScan => ({
  connection: "A",
  at,
  assets: [{ asset: host("h1", "10.0.0.1"), findings: checkIds.map((checkId) => ({ checkId })) }],
  ...more,
});
const DAY = 86_400_000;
const T = Date.UTC(2025, 0, 1);

test("text that PostgreSQL cannot hold ends no import, wherever it stands", async () => {
  const own = await fresh();
  const odd = { protocol: `t\0p${"x".repeat(300_000)}`, instance: "a\0\ud800b", evidence: "c\0\udc00d" };
  const findings = [{ checkId: "x", ...odd }, { checkId: "y" }];
  await own.importScan(scan(T, [], { assets: [{ asset: host("h1", "10.0.0.1"), findings }] }));
  expect((await readFindings(own.db, own.subscriptionId)).map(({ check }) => check)).toEqual(["x", "y"]);
});

describe("life cycle", () => {
  test("a finding is NEW, ACTIVE, FIXED and REOPENED as complete runs show and do not show it", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const seen: unknown[] = [];
    const runs = [["x"], ["x"], [], [], ["x"], ["x"]];
    for (const [day, checks] of runs.entries()) {
      await importScan(scan(T + day * DAY, checks));
      const [finding] = await readFindings(db, subscriptionId);
      const { status, firstFound, lastFound, lastFixed, reopenedAt } = finding!;
      seen.push([
        status,
        ...[firstFound, lastFound, lastFixed, reopenedAt].map((at) => (at === null ? null : (at - T) / DAY)),
      ]);
    }
    expect(seen).toEqual([
      ["NEW", 0, 0, null, null],
      ["ACTIVE", 0, 1, null, null],
      ["FIXED", 0, 1, 2, null],
      ["FIXED", 0, 1, 2, null],
      ["REOPENED", 0, 4, 2, 4],
      ["ACTIVE", 0, 5, 2, 4],
    ]);
  });

  test("a finding's category follows its severity from report to report", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const seen: unknown[] = [];
    for (const [day, severity] of ([1, 4, 1] as const).entries()) {
      const told = scan(T + day * DAY, []);
      told.assets[0]!.findings = [{ checkId: "x", severity }];
      await importScan(told);
      seen.push(...(await readFindings(db, subscriptionId)).map((one) => [one.severity, one.category]));
    }
    await importScan(scan(T - DAY, ["x"]));
    seen.push(...(await readFindings(db, subscriptionId)).map((one) => [one.severity, one.category]));
    expect(seen).toEqual([
      [1, "INFORMATION"],
      [4, "VULNERABILITY"],
      [1, "INFORMATION"],
      [1, "INFORMATION"],
    ]);
  });

  test("counts tell new, unchanged, updated, fixed and reopened apart", async () => {
    const { importScan } = await fresh();
    expect(await importScan(scan(T, ["x", "y"]))).toMatchObject({ findingsNew: 2, assetsNew: 1, recordsRead: 2 });
    expect(await importScan(scan(T, ["y", "x"]))).toMatchObject({ findingsNew: 0, findingsUnchanged: 2, assetsNew: 0 });
    const changed = scan(T + DAY, []);
    changed.assets[0]!.findings = [{ checkId: "x", evidence: "other" }];
    expect(await importScan(changed)).toMatchObject({ findingsUpdated: 1, findingsFixed: 1, findingsUnchanged: 0 });
    expect(await importScan(scan(T + 2 * DAY, ["y"]))).toMatchObject({ findingsReopened: 1, findingsFixed: 1 });
  });

  test("a run that is not complete closes nothing, and what it did not show keeps its last-seen", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    await importScan(scan(T, ["x", "y"]));
    expect(await importScan(scan(T + DAY, ["x"], { isComplete: false }))).toMatchObject({ findingsFixed: 0 });
    const found = await readFindings(db, subscriptionId);
    expect(found.map(({ check, status, lastFound }) => [check, status, lastFound])).toEqual([
      ["x", "ACTIVE", T + DAY],
      ["y", "NEW", T],
    ]);
  });

  test("a run closes nothing on assets that it did not look at", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    await importScan(scan(T, ["x"]));
    const other = { connection: "A", at: T + DAY, assets: [{ asset: host("h2", "10.0.0.2"), findings: [] }] };
    expect(await importScan(other)).toMatchObject({ findingsFixed: 0 });
    expect((await readFindings(db, subscriptionId))[0]).toMatchObject({ status: "NEW" });
  });

  test("a finding closes only when every source that reported it has stopped", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const checks = [
      testCheck("x", { cveIds: ["CVE-2024-0001"] }),
      testCheck("y", { cveIds: ["CVE-2024-0001"], severity: 5 }),
    ];
    await importScan(scan(T, ["x"]), { checks });
    await importScan(scan(T + 1, ["y"], { connection: "B", product: "Other" }), { checks });
    const status = async () =>
      (await readFindings(db, subscriptionId)).map((one) => [one.status, one.severity, one.check]);
    expect(await status()).toEqual([["ACTIVE", 5, "y"]]);
    expect(await importScan(scan(T + DAY, [], { connection: "B", product: "Other" }))).toMatchObject({
      findingsFixed: 0,
    });
    expect(await status()).toEqual([["ACTIVE", 3, "x"]]);
    expect(await importScan(scan(T + DAY + 1, []))).toMatchObject({ findingsFixed: 1 });
    // With nobody left to report it, the worst of what was reported stands.
    expect(await status()).toEqual([["FIXED", 5, "y"]]);
  });

  test("an older report fills in history and does not turn the present back", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    await importScan(scan(T + DAY, ["x"]));
    await importScan(scan(T + 2 * DAY, []));
    await importScan(scan(T, ["x", "gone"]));
    const found = await readFindings(db, subscriptionId);
    expect(found.map(({ check, status, firstFound, lastFound }) => [check, status, firstFound, lastFound])).toEqual([
      ["gone", "FIXED", T, T],
      ["x", "FIXED", T, T + DAY],
    ]);
  });
});

describe("identity", () => {
  test("a check with two CVEs makes two findings, and one without stays one", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const checks = [testCheck("x", { cveIds: ["CVE-2024-0001", "CVE-2024-0002"] })];
    expect(await importScan(scan(T, ["x", "y"]), { checks })).toMatchObject({ recordsRead: 2, findingsNew: 3 });
    expect((await readFindings(db, subscriptionId)).map(({ cveId }) => cveId)).toEqual([
      "CVE-2024-0001",
      "CVE-2024-0002",
      null,
    ]);
  });

  test("an address that moved to another network card is another asset", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const at = (mac: string, day: number): TestScan => ({
      connection: "A",
      at: T + day * DAY,
      assets: [{ asset: { name: mac, ipAddresses: ["10.0.0.9"], macAddresses: [mac] }, findings: [{ checkId: "x" }] }],
    });
    await importScan(at("00:1b:1b:00:00:01", 0));
    expect(await importScan(at("00:1b:1b:00:00:02", 1))).toMatchObject({ assetsNew: 1 });
    expect(await importScan(at("00:1b:1b:00:00:01", 2))).toMatchObject({ assetsNew: 0, findingsUnchanged: 1 });
    expect(await readFindings(db, subscriptionId)).toHaveLength(2);
  });

  test("two scanners share an asset by any address that is somebody's, and all that they tell are shown", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const about = (product: string, ipAddresses: string[]): TestScan => ({
      connection: product,
      product,
      at: T,
      assets: [{ asset: { name: "plc7", ipAddresses }, findings: [{ checkId: "c" }] }],
    });
    const checks = [testCheck("c", { cveIds: ["CVE-2021-44228"] })];
    await importScan(about("Nmap", ["192.0.2.10", "2001:DB8::10"]), { checks });
    await importScan(about("Nessus", ["2001:db8::10", "192.0.2.10", "127.0.0.1", "fe80::1%eth0"]), { checks });
    await importScan(about("Nmap", ["127.0.0.1"]), { checks });
    const { rows } = await sql`SELECT name, ARRAY(SELECT host(x) FROM unnest(ip_addresses) AS x) AS addresses,
      finding_count AS findings FROM asset WHERE subscription_id = ${subscriptionId} ORDER BY id`.execute(db.read);
    expect(rows).toEqual([
      { name: "plc7", addresses: ["127.0.0.1", "192.0.2.10", "2001:db8::10", "fe80::1"], findings: 1 },
      { name: "plc7", addresses: ["127.0.0.1"], findings: 1 },
    ]);
  });

  test("a name is shown and recognised without the dot at its end", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const named = (name: string, hostNames: string[], connection = "A"): TestScan => ({
      connection,
      at: T,
      assets: [{ asset: { name, hostNames }, findings: [{ checkId: "c" }] }],
    });
    await importScan(named("SRV9.CORP.EXAMPLE.", ["srv9.corp.example"]));
    await importScan(named("srv9.corp.example", ["srv9.corp.example"], "B"));
    await importScan(named("PANEL.", []));
    await importScan(named("panel", []));
    const { rows } = await sql`SELECT name, host_names FROM asset
      WHERE subscription_id = ${subscriptionId} ORDER BY id`.execute(db.read);
    expect(rows).toEqual([
      { name: "SRV9.CORP.EXAMPLE", host_names: ["srv9.corp.example"] },
      { name: "panel", host_names: [] },
    ]);
  });

  test("who sees only the one is not told of the other that was refused for it", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    for (const [name, mac] of [
      ["first", "00:1b:1b:00:00:01"],
      ["second", "00:1b:1b:00:00:02"],
    ] as const) {
      const asset = { name, ipAddresses: ["10.0.0.9"], macAddresses: [mac] };
      await importScan({ connection: name, at: T, assets: [{ asset, findings: [{ checkId: name }] }] });
    }
    const { rows } = await sql<{ assetId: number; findingId: number }>`
      UPDATE asset a SET tag_ids = '{7}' FROM finding f WHERE a.subscription_id = ${subscriptionId} AND a.name = 'second'
        AND f.subscription_id = a.subscription_id AND f.asset_id = a.id
      RETURNING a.id AS "assetId", f.id AS "findingId"`.execute(db.write);
    const { assetId, findingId } = rows[0]!;
    const told = async (scope: Scope) => {
      const scoped = scopeTo(db, { subscriptionId, scope });
      const [asset, finding] = [await explainAsset(scoped, assetId), await readGrounds(scoped, findingId)];
      return [...asset.sources, ...finding!.asset].map(({ matchedBy }) => matchedBy);
    };
    const refused = expect.stringMatching(/^not asset \d+ by ip 10\.0\.0\.9: its mac is 00:1b:1b:00:00:01$/);
    expect(await told({ kind: "all" })).toEqual([refused, refused]);
    expect(await told({ kind: "tags", tagIds: [7] })).toEqual([null, null]);
  });

  test("of a match only what decided it is told within a scope", () => {
    const told = "mac 00:1b:1b:00:00:02; not asset 5 by ip 10.0.0.9: its mac is 00:1b:1b:00:00:01; not asset 6 by";
    expect(matchInScope(told, { kind: "tags", tagIds: [7] })).toBe("mac 00:1b:1b:00:00:02");
    expect(matchInScope(told, { kind: "all" })).toBe(told);
  });

  test("two sources that know a host by MAC and by name share one asset when a third knows both", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const asset = { name: "plc.plant.example", hostNames: ["plc.plant.example"], macAddresses: ["00:1b:1b:00:00:07"] };
    const as = (connection: string, about: object): TestScan => ({
      connection,
      at: T,
      assets: [{ asset: { name: "n", ...about }, findings: [{ checkId: connection }] }],
    });
    await importScan(as("A", asset));
    expect(await importScan(as("B", { macAddresses: asset.macAddresses }))).toMatchObject({
      assetsNew: 0,
      assetsMerged: 1,
    });
    expect(await importScan(as("C", { hostNames: asset.hostNames }))).toMatchObject({ assetsNew: 0, assetsMerged: 1 });
    expect(await importScan(as("C", { hostNames: asset.hostNames }))).toMatchObject({ assetsMerged: 0 });
    const { rows } = await sql<{ reason: string | null }>`
      SELECT matched_by AS reason FROM asset_source WHERE subscription_id = ${subscriptionId} ORDER BY connection_id`.execute(
      db.write,
    );
    expect(rows.map(({ reason }) => reason)).toEqual([null, "mac 00:1b:1b:00:00:07", "fqdn plc.plant.example"]);
  });

  test("a host without any identifier is found again by the name its source gives it", async () => {
    const { importScan } = await fresh();
    const nameless = { connection: "A", at: T, assets: [{ asset: { name: "Line 4 panel" }, findings: [] }] };
    expect(await importScan(nameless)).toMatchObject({ assetsNew: 1 });
    expect(await importScan({ ...nameless, at: T + 1 })).toMatchObject({ assetsNew: 0 });
  });

  test("a host that stands twice in a file is looked at once: neither part closes what the other shows", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    const twice = (day: number): TestScan => ({
      connection: "A",
      at: T + day * DAY,
      assets: [
        { asset: { ...host("h1", "10.0.0.1"), scannedAt: T + day * DAY }, findings: [{ checkId: "x" }] },
        { asset: { ...host("h2", "10.0.0.2"), scannedAt: T + day * DAY }, findings: [{ checkId: "x" }] },
        { asset: { ...host("h1", "10.0.0.1"), scannedAt: T + day * DAY + 60_000 }, findings: [{ checkId: "y" }] },
      ],
    });
    const limits = { maxAssets: 1 };
    expect(await importScan(twice(0), { limits })).toMatchObject({ findingsNew: 3, findingsFixed: 0 });
    expect(await importScan(twice(0), { limits })).toMatchObject({
      findingsNew: 0,
      findingsReopened: 0,
      findingsUnchanged: 3,
    });
    expect(await importScan(twice(1), { limits })).toMatchObject({
      findingsFixed: 0,
      findingsReopened: 0,
      findingsUnchanged: 3,
    });
    expect((await readFindings(db, subscriptionId)).map(({ status }) => status)).toEqual([
      "ACTIVE",
      "ACTIVE",
      "ACTIVE",
    ]);
    expect(await importScan(scan(T + 2 * DAY, ["x"]), { limits })).toMatchObject({ findingsFixed: 1 });
    // In one batch it was seen when it was seen last.
    await importScan(twice(3));
    const seen = (await readFindings(db, subscriptionId)).map(({ asset, lastFound }) => [
      asset,
      lastFound - T - 3 * DAY,
    ]);
    expect(seen).toEqual([
      ["h1", 60_000],
      ["h1", 60_000],
      ["h2", 0],
    ]);
  });
});

describe("a large asset", () => {
  const checkIds = Array.from({ length: 100 }, (_, i) => `c${String(i).padStart(3, "0")}`);
  const limits = { maxAssetFindings: 7, maxFindings: 5 };

  test("is cut into pieces, which together count as one look", async () => {
    const { importScan, db, subscriptionId } = await fresh();
    expect(await importScan(scan(T, checkIds), { limits })).toMatchObject({ findingsNew: 100, recordsRead: 100 });
    expect(await importScan(scan(T + DAY, checkIds.toReversed()), { limits })).toMatchObject({
      findingsUnchanged: 100,
      findingsFixed: 0,
    });
    expect(await importScan(scan(T + 2 * DAY, checkIds.slice(3)), { limits })).toMatchObject({
      findingsFixed: 3,
      findingsUnchanged: 97,
    });
    expect(await importScan(scan(T + 3 * DAY, checkIds.slice(1)))).toMatchObject({
      findingsReopened: 2,
      findingsUnchanged: 97,
    });
    const states = (await readFindings(db, subscriptionId)).map(({ status }) => status);
    expect(Map.groupBy(states, (status) => status).get("ACTIVE")).toHaveLength(97);
  });

  test("that repeats a finding in a later piece gives the same on every import", async () => {
    const { importScan } = await fresh();
    const repeated = scan(T, checkIds);
    repeated.assets[0]!.findings.push({ checkId: "c000", evidence: "again" });
    await importScan(repeated, { limits });
    expect(await importScan(repeated, { limits })).toMatchObject({ findingsUpdated: 0, findingsUnchanged: 100 });
  });
});

test("a run that dies after any commit and is resumed gives the counts and the state of one that lived", async () => {
  const limits = { maxAssets: 2, maxFindings: 4, maxAssetFindings: 5 };
  const ids = (count: number, from: number) => Array.from({ length: count }, (_, i) => ({ checkId: `c${from + i}` }));
  const day = (n: number): TestScan => ({
    connection: "A",
    at: T + n * DAY,
    assets: [3, 12, 0, 1, 5].map((count, index) => ({
      asset: host(`h${index}`, `10.0.0.${index + 1}`),
      findings: ids(count, n),
    })),
  });
  const outcomes = [];
  for (const dieAfterCommits of [Number.POSITIVE_INFINITY, 0, 1, 2, 3, 4, 5]) {
    const { importScan, db, subscriptionId } = await fresh();
    const counts = [];
    for (const n of [0, 1]) counts.push(await importScan(day(n), { limits, dieAfterCommits }));
    outcomes.push({ counts, findings: await readFindings(db, subscriptionId) });
  }
  expect(outcomes[0]?.counts[1]).toMatchObject({ findingsFixed: 4, findingsNew: 4, findingsUnchanged: 17 });
  for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
});

// The oracle --------------------------------------------------------------------------------------------------------

const CHECKS = [
  testCheck("p", { severity: 4, cveIds: ["CVE-2024-0001"], cvss: [{ version: "3.1", vector: null, score: 9.8 }] }),
  testCheck("q", { severity: 2, cveIds: ["CVE-2024-0001", "CVE-2024-0002"] }),
  testCheck("r", { severity: 5, isExploitAvailable: true }),
  testCheck("s", { severity: 1 }),
];
const HOSTS = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
type Look = { host: number; checks: number[] };
type Run = { connection: "A" | "B"; time: number; isComplete: boolean; looks: Look[] };

const runsArbitrary = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 7 }).chain((times) =>
  fc.tuple(
    ...times.map((time) =>
      fc.record({
        connection: fc.constantFrom("A" as const, "B" as const),
        time: fc.constant(time),
        isComplete: fc.boolean(),
        looks: fc.uniqueArray(fc.record({ host: fc.nat(2), checks: fc.uniqueArray(fc.nat(3), { maxLength: 4 }) }), {
          selector: (look) => look.host,
          minLength: 1,
          maxLength: 3,
        }),
      }),
    ),
  ),
);

function toScan(run: Run): TestScan {
  return {
    connection: run.connection,
    at: T + run.time * 1000,
    isComplete: run.isComplete,
    assets: run.looks.map((look) => ({
      asset: host(`h${look.host}`, HOSTS[look.host]!),
      findings: look.checks.map((index) => ({ checkId: CHECKS[index]!.id, evidence: `at ${run.time}` })),
    })),
  };
}

/** What must be true whatever the order of the imports: computed from the set of runs alone. */
function expectedState(runs: readonly Run[]) {
  const found = new Map<string, { times: number[]; open: boolean; sources: string[] }>();
  for (const [hostIndex] of HOSTS.entries()) {
    for (const connection of ["A", "B"] as const) {
      const looks = runs.filter(
        (run) => run.connection === connection && run.looks.some(({ host }) => host === hostIndex),
      );
      CHECKS.forEach((check, index) => {
        const shown = looks.filter((run) =>
          run.looks.some((look) => look.host === hostIndex && look.checks.includes(index)),
        );
        if (shown.length === 0) return;
        const times = shown.map(({ time }) => time);
        const last = Math.max(...times);
        const isPresent = !looks.some((run) => run.isComplete && run.time > last);
        for (const issue of check.cveIds.length > 0 ? check.cveIds : [check.id]) {
          const key = `h${hostIndex} ${issue}`;
          const entry = found.get(key) ?? { times: [], open: false, sources: [] };
          entry.times.push(...times);
          entry.open ||= isPresent;
          entry.sources.push(`${connection} ${check.id} ${isPresent} ${Math.min(...times)} ${last} at ${last}`);
          found.set(key, entry);
        }
      });
    }
  }
  return [...found]
    .map(([key, { times, open, sources }]) => ({
      key,
      open,
      isNew: open && new Set(times).size === 1,
      first: Math.min(...times),
      last: Math.max(...times),
      sources: sources.sort(),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function actualState({ db, subscriptionId }: ScanWorld) {
  const seconds = (at: number) => (at - T) / 1000;
  return (await readFindings(db, subscriptionId))
    .map((one) => ({
      key: `${one.asset} ${one.cveId ?? one.check}`,
      open: one.status !== "FIXED",
      isNew: one.status === "NEW",
      first: seconds(one.firstFound),
      last: seconds(one.lastFound),
      sources: one.sources
        .map(
          (s) =>
            `${s.connection} ${s.check} ${s.isPresent} ${seconds(s.firstSeen)} ${seconds(s.lastSeen)} ${s.evidence}`,
        )
        .sort(),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

test("whatever runs of whatever sources come in whatever order and however often, the state is that of the runs", async () => {
  const orders = runsArbitrary.chain((runs) =>
    fc.record({
      runs: fc.constant(runs),
      order: fc.shuffledSubarray([...runs, ...runs], { minLength: runs.length * 2 }),
      limits: fc.record({
        maxAssets: fc.integer({ min: 1, max: 3 }),
        maxAssetFindings: fc.integer({ min: 2, max: 9 }),
      }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(orders, async ({ runs, order, limits }) => {
      const own = await fresh();
      for (const run of order) await own.importScan(toScan(run), { checks: CHECKS, limits });
      expect(await actualState(own)).toEqual(expectedState(runs));
      await expectStoredScoresAreCurrent(own);
    }),
    { numRuns: 12, interruptAfterTimeLimit: 150_000 },
  );
}, 180_000);

test("sources that import at once give the state that they give one after another", async () => {
  await fc.assert(
    fc.asyncProperty(runsArbitrary, async (runs) => {
      const own = await fresh();
      // Runs of one source take turns: the import task sees to it.
      const importAll = async (connection: string) => {
        for (const run of runs.filter((one) => one.connection === connection)) {
          await own.importScan(toScan(run), { checks: CHECKS, limits: { maxAssets: 1 } });
        }
      };
      await Promise.all([importAll("A"), importAll("B")]);
      expect(await actualState(own)).toEqual(expectedState(runs));
      await expectStoredScoresAreCurrent(own);
    }),
    { numRuns: 8, interruptAfterTimeLimit: 150_000 },
  );
}, 180_000);

/** Reckoned anew from the findings by other means than the store's. */
async function expectStoredScoresAreCurrent({ db, subscriptionId }: ScanWorld): Promise<void> {
  const { rows } = await sql<{ name: string; risk: number; count: number; criticality: number }>`
    SELECT name, risk, finding_count AS count, criticality FROM asset WHERE subscription_id = ${subscriptionId}`.execute(
    db.write,
  );
  const open = (await readFindings(db, subscriptionId)).filter(({ status }) => status !== "FIXED");
  for (const { name, risk, count, criticality } of rows) {
    const own = open.filter(({ asset }) => asset === name);
    const groups = Map.groupBy(own, ({ qds }) => qdsBand(qds));
    const bands = Object.fromEntries(
      [...groups].map(([band, list]) => [
        band,
        { count: list.length, average: list.reduce((sum, { qds }) => sum + qds, 0) / list.length },
      ]),
    );
    expect({ name, risk, count }).toEqual({
      name,
      risk: assetRisk({ criticality, isInternetFacing: false, bands }),
      count: own.length,
    });
  }
}

test("a file that breaks off ends its import when no commit is under way any more", async () => {
  const own = await fresh();
  let isRead = false;
  const reading = own.importScan(scan(T, []), {
    limits: { maxAssets: 1 },
    parse: async function* () {
      yield toEvents({
        connection: "A",
        at: T,
        assets: ["1", "2"].map((n) => ({ asset: host(n, `10.0.0.${n}`), findings: [] })),
      });
      isRead = true;
      throw new Error("the thread has ended");
    },
  });
  await expect(reading).rejects.toThrow("the thread has ended");
  expect(isRead).toBe(true);
  const { rows } = await sql`SELECT FROM asset WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.write);
  expect(rows).toHaveLength(1);
});

test("a check that is scored anew changes the scores of all its findings, also on assets the run did not show", async () => {
  const own = await fresh();
  const both = [host("h1", "10.0.0.1"), host("h2", "10.0.0.2")].map((asset) => ({
    asset,
    findings: [{ checkId: "r" }],
  }));
  await own.importScan({ connection: "A", at: T, assets: both }, { checks: [testCheck("r", { severity: 5 })] });
  const rescored = testCheck("r", { severity: 5, isExploitAvailable: true });
  await own.importScan({ connection: "A", at: T + DAY, assets: both.slice(0, 1) }, { checks: [rescored] });
  expect((await readFindings(own.db, own.subscriptionId)).map(({ qds }) => qds)).toEqual([88, 88]);
  await expectStoredScoresAreCurrent(own);
  await own.importScan({ connection: "A", at: T - DAY, assets: both }, { checks: [testCheck("r", { severity: 2 })] });
  expect((await readFindings(own.db, own.subscriptionId)).map(({ qds }) => qds)).toEqual([88, 88]);
});
