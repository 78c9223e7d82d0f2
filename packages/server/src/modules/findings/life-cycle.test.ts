import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inAnyOrder, type Run, readState, runsOf } from "./run-orders.fixture.ts";
import {
  addSubscription,
  inSubscription,
  openScanWorld,
  readFindings,
  type ScanWorld,
  type TestScan,
  testCheck,
} from "./scan-world.fixture.ts";

let world: ScanWorld;
beforeAll(async () => {
  world = await openScanWorld();
});
afterAll(() => world.close());

const fresh = async () => inSubscription(world, await addSubscription(world.db));
const DAY = 86_400_000;
const T = Date.UTC(2025, 0, 1);

type State = "open" | "mitigated" | "fixed";
const toFinding = (checkId: string, state: State, evidence = "") => ({
  checkId,
  evidence,
  ...(state === "open" ? {} : { state }),
});
const run = (day: number, words: Record<string, State>, more: Partial<TestScan> = {}): TestScan => ({
  connection: "A",
  at: T + day * DAY,
  assets: [
    {
      asset: { name: "h1", ipAddresses: ["10.0.0.1"] },
      findings: Object.entries(words).map(([check, state]) => toFinding(check, state)),
    },
  ],
  ...more,
});
const statuses = async ({ db, subscriptionId }: ScanWorld) =>
  (await readFindings(db, subscriptionId)).map(({ status }) => status);
const partial = { isComplete: false };

describe("what a source calls mitigated", () => {
  test("is PROTECTED and scores half; open again it is ACTIVE, gone it is FIXED, back and mitigated it is PROTECTED", async () => {
    const own = await fresh();
    const seen = [];
    for (const [day, state] of (["open", "mitigated", "mitigated", "open", "mitigated"] as const).entries()) {
      await own.importScan(run(day, { x: state }));
      const [{ status, qds } = { status: "", qds: 0 }] = await readFindings(own.db, own.subscriptionId);
      seen.push([status, qds]);
    }
    expect(seen).toEqual([
      ["NEW", 44],
      ["PROTECTED", 22],
      ["PROTECTED", 22],
      ["ACTIVE", 44],
      ["PROTECTED", 22],
    ]);
    expect(await own.importScan(run(5, {}))).toMatchObject({ findingsFixed: 1 });
    expect(await own.importScan(run(6, { x: "mitigated" }))).toMatchObject({ findingsReopened: 1 });
    expect(await readFindings(own.db, own.subscriptionId)).toMatchObject([
      { status: "PROTECTED", lastFixed: T + 5 * DAY, reopenedAt: T + 6 * DAY },
    ]);
  });

  test("is open as long as any other source does not call it so", async () => {
    const own = await fresh();
    const checks = [testCheck("x", { cveIds: ["CVE-2024-0001"] })];
    const other = { connection: "B", product: "Other" };
    await own.importScan(run(0, { x: "mitigated" }), { checks });
    await own.importScan(run(1, { x: "open" }, other), { checks });
    expect(await statuses(own)).toEqual(["ACTIVE"]);
    await own.importScan(run(2, {}, other), { checks });
    expect(await statuses(own)).toEqual(["PROTECTED"]);
  });
});

describe("what a source says is fixed", () => {
  test("closes in a partial run too, and only its own word", async () => {
    const own = await fresh();
    await own.importScan(run(0, { x: "open", y: "open" }));
    await own.importScan(run(0, { x: "open" }, { connection: "B" }));
    expect(await own.importScan(run(1, { x: "fixed", y: "fixed" }, partial))).toMatchObject({ findingsFixed: 1 });
    expect(await statuses(own)).toEqual(["NEW", "FIXED"]);
    expect(await own.importScan(run(2, { y: "open" }, partial))).toMatchObject({ findingsReopened: 1 });
  });

  test("is history when it was seen later, and known as FIXED when nobody ever showed it", async () => {
    const own = await fresh();
    await own.importScan(run(2, { x: "open" }, partial));
    expect(await own.importScan(run(1, { x: "fixed", y: "fixed" }, partial))).toMatchObject({ findingsFixed: 0 });
    expect(await readFindings(own.db, own.subscriptionId)).toMatchObject([
      { status: "REOPENED", firstFound: T + DAY, lastFound: T + 2 * DAY, lastFixed: T + DAY, reopenedAt: T + 2 * DAY },
      { status: "FIXED", firstFound: T + DAY, lastFixed: T + DAY },
    ]);
  });

  test("is open when the same file shows it open as well", async () => {
    const own = await fresh();
    const both = run(0, {});
    both.assets[0]!.findings = [toFinding("x", "fixed"), toFinding("x", "open"), toFinding("x", "mitigated")];
    await own.importScan(both);
    expect(await statuses(own)).toEqual(["NEW"]);
  });
});

describe("what somebody asked to be tested again", () => {
  const ask = async ({ db, subscriptionId }: ScanWorld, day: number) => {
    await sql`UPDATE finding SET status = 'RETEST', retest_at = ${new Date(T + day * DAY)} WHERE subscription_id = ${subscriptionId}`.execute(
      db.write,
    );
    await sql`UPDATE asset_source SET has_fresh = true WHERE subscription_id = ${subscriptionId}`.execute(db.write);
  };
  const words = ["open", "mitigated", "fixed"] as const;

  test.each(words)("waits for a report of a later time, which finds it %s", async (state) => {
    const own = await fresh();
    await own.importScan(run(0, { x: "open" }));
    await ask(own, 2);
    await own.importScan(run(1, { x: "open" }));
    expect(await statuses(own)).toEqual(["RETEST"]);
    await own.importScan(run(3, { x: state }));
    const expected = { open: "ACTIVE", mitigated: "PROTECTED", fixed: "FIXED" };
    expect(await statuses(own)).toEqual([expected[state]]);
  });

  test("is PROTECTED again, and scores half, when a source shows just what it showed before", async () => {
    const own = await fresh();
    await own.importScan(run(0, { x: "mitigated" }));
    await own.importScan(run(1, { x: "mitigated" }));
    await ask(own, 2);
    await own.importScan(run(3, { x: "mitigated" }));
    expect(await readFindings(own.db, own.subscriptionId)).toMatchObject([{ status: "PROTECTED", qds: 22 }]);
  });

  test("is FIXED when a complete run does not show it", async () => {
    const own = await fresh();
    await own.importScan(run(0, { x: "open" }));
    await ask(own, 1);
    await own.importScan(run(2, {}));
    expect(await statuses(own)).toEqual(["FIXED"]);
  });
});

// The oracle --------------------------------------------------------------------------------------------------------

const CHECKS = [
  testCheck("p", { severity: 4, cveIds: ["CVE-2024-0001"] }),
  testCheck("q", { severity: 2, cveIds: ["CVE-2024-0001", "CVE-2024-0002"] }),
  testCheck("r", { severity: 5 }),
];
type Word = { check: number; state: State };
type Look = { host: number; words: Word[] };

const look: fc.Arbitrary<Look> = fc.record({
  host: fc.nat(1),
  words: fc.uniqueArray(
    fc.record({ check: fc.nat(2), state: fc.constantFrom<State>("open", "open", "mitigated", "fixed") }),
    { selector: ({ check }) => check, maxLength: 3 },
  ),
});
const runs = runsOf(look, { minRuns: 2, maxLooks: 2 });
/** Often what it was the time before. */
const evidenceAt = (time: number) => (time % 4 === 0 ? "other" : "same");

function toScan({ connection, time, isComplete, looks }: Run<Look>): TestScan {
  return {
    connection,
    at: T + time * 1000,
    isComplete,
    assets: looks.map(({ host, words }) => ({
      asset: { name: `h${host}`, ipAddresses: [`10.0.0.${host + 1}`] },
      findings: words.map(({ check, state }) => toFinding(CHECKS[check]!.id, state, evidenceAt(time))),
    })),
  };
}

type Source = { text: string; isPresent: boolean; isMitigated: boolean; seen: number[]; told: number[] };

/** One source's word on one check of one host, by the set of its runs alone. */
function expectedSource(
  all: readonly Run<Look>[],
  connection: string,
  host: number,
  check: number,
): Source | undefined {
  const looks = all.flatMap((one) =>
    one.connection === connection
      ? one.looks
          .filter((each) => each.host === host)
          .map(({ words }) => ({ ...one, state: words.find((w) => w.check === check)?.state }))
      : [],
  );
  const told = looks.filter(({ state }) => state !== undefined);
  if (told.length === 0) return undefined;
  const seen = told.filter(({ state }) => state !== "fixed");
  const times = told.map(({ time }) => time);
  const last = Math.max(...(seen.length > 0 ? seen : told).map(({ time }) => time));
  const isPresent =
    seen.length > 0 && !looks.some(({ time, isComplete, state }) => time > last && (isComplete || state === "fixed"));
  const isMitigated = isPresent && told.find(({ time }) => time === last)?.state === "mitigated";
  const { id } = CHECKS[check]!;
  return {
    text: `${connection} ${id} ${isPresent} ${Math.min(...times)} ${last} ${evidenceAt(last)}`,
    isPresent,
    isMitigated,
    seen: seen.map(({ time }) => time),
    told: times,
  };
}

function expectedStatus(sources: readonly Source[]): string {
  const present = sources.filter(({ isPresent }) => isPresent);
  if (present.length === 0) return "FIXED";
  if (present.every(({ isMitigated }) => isMitigated)) return "PROTECTED";
  const seen = new Set(sources.flatMap((one) => one.seen));
  return seen.size === 1 && seen.has(Math.min(...sources.flatMap(({ told }) => told))) ? "NEW" : "OPEN";
}

function expectedState(all: readonly Run<Look>[]) {
  const found = new Map<string, Source[]>();
  for (const host of [0, 1]) {
    CHECKS.forEach(({ id, cveIds }, check) => {
      const sources = ["A", "B"].flatMap((connection) => expectedSource(all, connection, host, check) ?? []);
      if (sources.length === 0) return;
      for (const issue of cveIds.length > 0 ? cveIds : [id]) {
        const key = `h${host} ${issue}`;
        found.set(key, [...(found.get(key) ?? []), ...sources]);
      }
    });
  }
  const toTimes = (sources: Source[]) => {
    const seen = sources.flatMap((one) => one.seen);
    const told = sources.flatMap((one) => one.told);
    return { first: Math.min(...told), last: seen.length > 0 ? Math.max(...seen) : Math.min(...told) };
  };
  return [...found]
    .map(([key, sources]) => ({
      key,
      status: expectedStatus(sources),
      ...toTimes(sources),
      sources: sources.map(({ text }) => text).sort(),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

test("whatever runs tell what is open, mitigated and fixed, in whatever order and however often, the state is that of the runs", async () => {
  await fc.assert(
    fc.asyncProperty(inAnyOrder(runs, { maxAssets: 2 }), async ({ all, order, limits }) => {
      const own = await fresh();
      for (const one of order) await own.importScan(toScan(one), { checks: CHECKS, limits });
      expect(await readState(own)).toEqual(expectedState(all));
    }),
    { numRuns: 25, interruptAfterTimeLimit: 100_000 },
  );
}, 150_000);
