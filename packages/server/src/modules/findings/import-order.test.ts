import { expectFinding, type Report, type Told } from "@breakwater/domain/presence/presence-oracle";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
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
const T = Date.UTC(2025, 0, 1);
const SECOND = 1000;
const RUNS = Number(process.env.RUNS ?? 20);

const CVES = ["CVE-2024-0001", "CVE-2024-0002"];
const CHECKS = [testCheck("p", { cveIds: [CVES[0]!] }), testCheck("q", { cveIds: CVES })];
const SOURCES = ["A", "B", "C"];

type Shape = { sources: number; length: number; isDated: boolean };

const toldBy = (at: number, isDated: boolean): fc.Arbitrary<Told[]> =>
  fc
    .uniqueArray(
      fc.record({
        check: fc.constantFrom("p", "q"),
        state: fc.constantFrom("open" as const, "open" as const, "mitigated" as const, "fixed" as const),
      }),
      { selector: ({ check }) => check, maxLength: 2 },
    )
    .map((words) =>
      words.map((word) => (isDated && word.state === "fixed" ? { ...word, fixedAt: at - SECOND / 2 } : word)),
    );

const reportsOf = ({ sources, length, isDated }: Shape): fc.Arbitrary<Report[]> =>
  fc
    .uniqueArray(fc.record({ source: fc.nat(sources - 1), second: fc.integer({ min: 1, max: 40 }) }), {
      selector: ({ source, second }) => `${source}/${second}`,
      minLength: 2,
      maxLength: length,
    })
    .chain((runs) =>
      fc.tuple(
        ...runs.map(({ source, second }) => {
          const at = T + second * SECOND;
          return fc.record({
            source: fc.constant(SOURCES[source]!),
            at: fc.constant(at),
            isComplete: fc.boolean(),
            told: toldBy(at, isDated && second % 2 === 0),
          });
        }),
      ),
    );

function toScan({ source, at, isComplete, told }: Report, isShared: boolean): TestScan {
  return {
    ...(isShared ? { connection: "mix", product: source } : { connection: source, product: "P" }),
    ...{ at, isComplete },
    assets: [
      {
        asset: { name: "h1", ipAddresses: ["10.0.0.1"] },
        findings: told.map(({ check, state, fixedAt }) => ({
          checkId: check,
          ...(state === "open" ? {} : { state }),
          ...(fixedAt === undefined ? {} : { fixedAt }),
        })),
      },
    ],
  };
}

type Shown = { status: string; times: unknown[]; sources: string[] };

const seconds = (at: number | null) => (at === null ? null : (at - T) / SECOND);

function expected(reports: readonly Report[], isShared: boolean): Record<string, Shown> {
  const shown: Record<string, Shown> = {};
  for (const cve of CVES) {
    const checks = CHECKS.filter(({ cveIds }) => cveIds.includes(cve)).map(({ id }) => id);
    const about = reports.map((one) => ({ ...one, told: one.told.filter(({ check }) => checks.includes(check)) }));
    const finding = expectFinding(about);
    if (!finding) continue;
    const { status, firstFound, lastFound, lastFixed, reopened, sources } = finding;
    shown[cve] = {
      status,
      times: [firstFound, lastFound, lastFixed, reopened].map(seconds),
      sources: sources.map((one) => toText({ ...one, connection: isShared ? "mix" : one.source })).sort(),
    };
  }
  return shown;
}

async function stored({ db, subscriptionId }: ScanWorld): Promise<Record<string, Shown>> {
  const found = await readFindings(db, subscriptionId);
  return Object.fromEntries(
    found.map(({ cveId, status, firstFound, lastFound, lastFixed, reopenedAt, sources }) => [
      cveId,
      {
        status,
        times: [firstFound, lastFound, lastFixed, reopenedAt].map(seconds),
        sources: sources.map(toText).sort(),
      },
    ]),
  );
}

function toText(one: { connection: string; check: string; isPresent: boolean; firstSeen: number; lastSeen: number }) {
  const { connection, check, isPresent, firstSeen, lastSeen } = one;
  return `${connection} ${check} ${isPresent} ${seconds(firstSeen)} ${seconds(lastSeen)}`;
}

const SHAPES: [name: string, shape: Shape, isShared: boolean][] = [
  ["one source", { sources: 1, length: 7, isDated: true }, false],
  ["two sources", { sources: 2, length: 9, isDated: true }, false],
  ["three sources", { sources: 3, length: 10, isDated: true }, false],
  ["three products in one connection", { sources: 3, length: 8, isDated: false }, true],
];

test.each(SHAPES)(
  "whatever reports come of %s, in whatever order and however often, the end is that of all of them",
  async (_name, shape, isShared) => {
    const orders = reportsOf(shape).chain((all) =>
      fc.record({
        all: fc.constant(all),
        order: fc.shuffledSubarray([...all, ...all], { minLength: all.length, maxLength: all.length + 2 }),
        dieAfterCommits: fc.constantFrom(0, 1, 99),
      }),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ({ all, order, dieAfterCommits }) => {
        const own = await fresh();
        const late = all.filter((one) => !order.includes(one));
        for (const one of [...order, ...late]) {
          await own.importScan(toScan(one, isShared), { checks: CHECKS, dieAfterCommits });
        }
        expect(await stored(own)).toEqual(expected(all, isShared));
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
    );
  },
  150_000,
);

const report = (second: number, isComplete: boolean, states: Partial<Record<"p" | "q", Told["state"]>>): Report => ({
  ...{ source: "A", at: T + second * SECOND, isComplete },
  told: Object.entries(states).map(([check, state]) => ({ check, state })),
});

test.each([
  [
    "a partial one",
    [
      report(37, false, { q: "fixed" }),
      report(10, true, { p: "mitigated" }),
      report(23, true, {}),
      report(29, false, { p: "open" }),
      report(39, false, {}),
      report(36, true, { p: "open", q: "open" }),
    ],
  ],
  [
    "a complete one",
    [
      report(28, false, { p: "fixed", q: "fixed" }),
      report(4, true, { p: "fixed" }),
      report(26, false, { q: "mitigated" }),
      report(10, true, { q: "open" }),
      report(40, false, { q: "open" }),
    ],
  ],
])("what repeats a late report word for word is looked at all the same: %s", async (_name, reports) => {
  const own = await fresh();
  for (const one of reports) await own.importScan(toScan(one, false), { checks: CHECKS });
  expect(await stored(own)).toEqual(expected(reports, false));
});

test.each([
  ["is told first", 0, 1],
  ["is told last", 1, 0],
])("what a run under way has shown counts where an older gap %s", async (_name, ...order) => {
  const own = await fresh();
  const run = (source: string, second: number, isShown: boolean): Report => ({
    ...{ source, at: T + second * SECOND, isComplete: true },
    told: isShown ? [{ check: "p", state: "open" }] : [],
  });
  const reports = [run("A", 10, true), run("A", 30, true), run("B", 1, true), run("B", 5, false)];
  const importOne = (one: Report, more = {}) => own.importScan(toScan(one, false), { checks: CHECKS, ...more });
  await importOne(reports[0]!);
  await importOne(reports[1]!, { dieAfterCommits: 1, isLeft: true });
  for (const index of order) await importOne(reports[2 + index]!);
  const { status, times } = expected(reports, false)[CVES[0]!]!;
  expect((await stored(own))[CVES[0]!]).toMatchObject({ status, times });
  expect(times).toEqual([1, 30, 5, 10]);
});

test("sources that import at once, each its reports in any order, give the same end", async () => {
  const orders = reportsOf({ sources: 3, length: 9, isDated: true }).chain((all) =>
    fc.record({
      all: fc.constant(all),
      order: fc.shuffledSubarray([...all], { minLength: all.length }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(orders, async ({ all, order }) => {
      const own = await fresh();
      await Promise.all(
        SOURCES.map(async (source) => {
          for (const one of order.filter((each) => each.source === source)) {
            await own.importScan(toScan(one, false), { checks: CHECKS });
          }
        }),
      );
      expect(await stored(own)).toEqual(expected(all, false));
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
  );
}, 150_000);
