import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  addSubscription,
  inSubscription,
  openScanWorld,
  readFindings,
  type ScanWorld,
  type TestFinding,
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
const day = (n: number) => T + n * DAY;
const scan = (at: number, findings: TestFinding[], more: Partial<TestScan> = {}): TestScan => ({
  connection: "A",
  at: day(at),
  assets: [{ asset: { name: "h1", ipAddresses: ["10.0.0.1"] }, findings }],
  ...more,
});
const inDays = (at: number | null) => (at === null ? null : (at - T) / DAY);
const stored = async ({ db, subscriptionId }: ScanWorld) =>
  (await readFindings(db, subscriptionId)).map(({ status, sources, ...one }) => ({
    status,
    times: [one.firstFound, one.lastFound, one.lastFixed, one.reopenedAt].map(inDays),
    sources: sources.map(({ firstSeen, lastSeen }) => [inDays(firstSeen), inDays(lastSeen)]),
  }));

describe("a source's own dates", () => {
  test("are the finding's; those it does not tell are its run's, and status goes by runs", async () => {
    const own = await fresh();
    const dated = { checkId: "x", firstSeenAt: day(-30), lastSeenAt: day(-2) };
    await own.importScan(
      scan(0, [dated, { checkId: "y", firstSeenAt: day(-5) }, { checkId: "z", lastSeenAt: day(-1) }]),
    );
    expect(await stored(own)).toEqual([
      { status: "NEW", times: [-30, -2, null, null], sources: [[-30, -2]] },
      { status: "NEW", times: [-5, 0, null, null], sources: [[-5, 0]] },
      { status: "NEW", times: [-1, -1, null, null], sources: [[-1, -1]] },
    ]);
  });

  test("stay when the same is imported again, also where the asset is not looked at any more", async () => {
    const own = await fresh();
    const findings = [{ checkId: "x", firstSeenAt: day(-30), lastSeenAt: day(-2) }, { checkId: "y" }];
    await own.importScan(scan(0, findings));
    for (const at of [1, 2, 3]) {
      expect(await own.importScan(scan(at, findings))).toMatchObject({ findingsUpdated: 0, findingsUnchanged: 2 });
      expect(await stored(own)).toEqual([
        { status: "ACTIVE", times: [-30, -2, null, null], sources: [[-30, -2]] },
        { status: "ACTIVE", times: [0, at, null, null], sources: [[0, at]] },
      ]);
    }
    // A new last date is no change of the finding, and is written.
    const later = [{ ...findings[0]!, lastSeenAt: day(1) }, findings[1]!];
    expect(await own.importScan(scan(4, later))).toMatchObject({ findingsUpdated: 0, findingsUnchanged: 2 });
    expect((await stored(own))[0]).toMatchObject({ times: [-30, 1, null, null], sources: [[-30, 1]] });
    await own.importScan(scan(5, [later[1]!]));
    expect((await stored(own))[0]).toMatchObject({ status: "FIXED", times: [-30, 1, 5, null] });
  });

  test("of a fixing are the finding's; whether it is back goes by runs", async () => {
    const own = await fresh();
    const fixed = {
      checkId: "x",
      state: "fixed" as const,
      firstSeenAt: day(-30),
      lastSeenAt: day(-9),
      fixedAt: day(-8),
    };
    await own.importScan(scan(3, [fixed]));
    expect(await stored(own)).toMatchObject([{ status: "FIXED", times: [-30, -9, -8, null] }]);
    await own.importScan(scan(2, [{ checkId: "x" }]));
    expect(await stored(own)).toMatchObject([{ status: "FIXED", times: [-30, 2, -8, null] }]);
    await own.importScan(scan(4, [{ checkId: "x" }]));
    expect(await stored(own)).toMatchObject([{ status: "REOPENED", times: [-30, 4, -8, 4] }]);
    await own.importScan(scan(6, [{ ...fixed, lastSeenAt: day(4), fixedAt: day(5) }]));
    expect(await stored(own)).toMatchObject([{ status: "FIXED", times: [-30, 4, 5, 4] }]);
    await own.importScan(scan(7, [{ checkId: "x", state: "fixed", fixedAt: day(5.5) }]));
    expect(await stored(own)).toMatchObject([{ status: "FIXED", times: [-30, 5.5, 5.5, 4] }]);
  });

  test("that cannot be are said and left out, and the run's time counts", async () => {
    const own = await fresh();
    const absurd = [
      { checkId: "x", firstSeenAt: 0, lastSeenAt: day(400) },
      { checkId: "y", firstSeenAt: day(-1), lastSeenAt: day(-2) },
    ];
    expect(await own.importScan(scan(0, absurd))).toMatchObject({ warnings: 2, findingsNew: 2, recordsRefused: 0 });
    expect((await stored(own)).map(({ times }) => times)).toEqual([
      [0, 0, null, null],
      [0, 0, null, null],
    ]);
    const { rows } = await sql<{ message: string }>`
      SELECT message FROM import_issue WHERE subscription_id = ${own.subscriptionId} ORDER BY message`.execute(
      own.db.write,
    );
    expect(rows.map(({ message }) => message)).toEqual([
      expect.stringContaining("first found, last found cannot be"),
      expect.stringContaining("first found, last found cannot be"),
    ]);
  });
});

// The oracle --------------------------------------------------------------------------------------------------------

const CHECKS = [testCheck("p", { cveIds: ["CVE-2024-0001"] }), testCheck("q", { cveIds: ["CVE-2024-0001"] })];
type Word = { check: number; state: "open" | "fixed"; first?: number; last?: number };
type Run = { connection: "A" | "B"; time: number; isComplete: boolean; words: Word[] };

/** Days before all runs, few, so that a run often shows what the one before has shown. */
const word = fc.record(
  {
    check: fc.nat(1),
    state: fc.constantFrom("open" as const, "open" as const, "fixed" as const),
    first: fc.constantFrom(1, 2),
    last: fc.constantFrom(3, 4),
  },
  { requiredKeys: ["check", "state"] },
);
const runs: fc.Arbitrary<Run[]> = fc
  .uniqueArray(fc.integer({ min: 10, max: 40 }), { minLength: 2, maxLength: 6 })
  .chain((times) =>
    fc.tuple(
      ...times.map((time) =>
        fc.record({
          connection: fc.constantFrom("A" as const, "B" as const),
          time: fc.constant(time),
          isComplete: fc.boolean(),
          words: fc.uniqueArray(word, { selector: ({ check }) => check, maxLength: 2 }),
        }),
      ),
    ),
  );

const toScan = ({ connection, time, isComplete, words }: Run): TestScan => ({
  ...scan(
    time,
    words.map(({ check, state, first, last }) => ({
      checkId: CHECKS[check]!.id,
      ...(state === "fixed" ? { state } : {}),
      ...(first === undefined ? {} : { firstSeenAt: day(first) }),
      ...(last === undefined ? {} : { lastSeenAt: day(last) }),
    })),
  ),
  connection,
  isComplete,
});

/** By the set of the runs: the earliest and the latest dates told, a run's time where a record has none. */
function expectedDates(all: readonly Run[]) {
  const sources = ["A", "B"].flatMap((connection) =>
    [0, 1].flatMap((check) => {
      const told = all.flatMap(({ time, words, ...run }) =>
        words.flatMap((one) => (run.connection === connection && one.check === check ? [{ time, ...one }] : [])),
      );
      if (told.length === 0) return [];
      const lasts = told.flatMap(({ time, state, last }) =>
        last !== undefined ? [last] : state === "open" ? [time] : [],
      );
      const first = Math.min(...told.map(({ time, first: own, last }) => own ?? last ?? time));
      return [{ first, lasts, times: told.map(({ time }) => time) }];
    }),
  );
  if (sources.length === 0) return [];
  const lasts = sources.flatMap((one) => one.lasts);
  return [
    {
      first: Math.min(...sources.map(({ first }) => first)),
      last: lasts.length > 0 ? Math.max(...lasts) : Math.min(...sources.flatMap(({ times }) => times)),
      sources: sources.map((one) => [one.first, Math.max(...(one.lasts.length > 0 ? one.lasts : one.times))]),
    },
  ];
}

test("whatever dates sources tell, in whatever order and however often, the earliest and the latest are shown", async () => {
  const orders = runs.chain((all) =>
    fc.record({ all: fc.constant(all), order: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }) }),
  );
  await fc.assert(
    fc.asyncProperty(orders, async ({ all, order }) => {
      const own = await fresh();
      for (const one of order) await own.importScan(toScan(one), { checks: CHECKS });
      const found = (await stored(own)).map(({ times: [first, last], sources }) => ({ first, last, sources }));
      expect(found).toEqual(expectedDates(all));
    }),
    { numRuns: 25, interruptAfterTimeLimit: 100_000 },
  );
}, 150_000);
