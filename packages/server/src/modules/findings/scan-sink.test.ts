import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { readFindings, type TestScan, testCheck, toEvents } from "./scan-world.fixture.ts";
import { DAY, host, scan, T, useScanWorld } from "./use-scan-world.fixture.ts";

const fresh = useScanWorld();

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
