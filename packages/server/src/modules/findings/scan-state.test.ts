import { assetRisk, qdsBand } from "@breakwater/domain/risk/index";
import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { inAnyOrder, type Run, readState, runsOf } from "./run-orders.fixture.ts";
import { readFindings, type ScanWorld, type TestScan, testCheck } from "./scan-world.fixture.ts";
import { DAY, host, T, useScanWorld } from "./use-scan-world.fixture.ts";

const fresh = useScanWorld();

const CHECKS = [
  testCheck("p", { severity: 4, cveIds: ["CVE-2024-0001"], cvss: [{ version: "3.1", vector: null, score: 9.8 }] }),
  testCheck("q", { severity: 2, cveIds: ["CVE-2024-0001", "CVE-2024-0002"] }),
  testCheck("r", { severity: 5, isExploitAvailable: true }),
  testCheck("s", { severity: 1 }),
];
const HOSTS = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
type Look = { host: number; checks: number[] };

const look: fc.Arbitrary<Look> = fc.record({ host: fc.nat(2), checks: fc.uniqueArray(fc.nat(3), { maxLength: 4 }) });
const runs = runsOf(look, { minRuns: 1, maxLooks: 3 });

function toScan(run: Run<Look>): TestScan {
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
function expectedState(all: readonly Run<Look>[]) {
  const found = new Map<string, { times: number[]; open: boolean; sources: string[] }>();
  for (const [hostIndex] of HOSTS.entries()) {
    for (const connection of ["A", "B"] as const) {
      const looks = all.filter(
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
      status: open ? (new Set(times).size === 1 ? "NEW" : "OPEN") : "FIXED",
      first: Math.min(...times),
      last: Math.max(...times),
      sources: sources.sort(),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

test("whatever runs of whatever sources come in whatever order and however often, the state is that of the runs", async () => {
  await fc.assert(
    fc.asyncProperty(inAnyOrder(runs, { maxAssets: 3 }), async ({ all, order, limits }) => {
      const own = await fresh();
      for (const run of order) await own.importScan(toScan(run), { checks: CHECKS, limits });
      expect(await readState(own)).toEqual(expectedState(all));
      await expectStoredScoresAreCurrent(own);
    }),
    { numRuns: 12, interruptAfterTimeLimit: 150_000 },
  );
}, 180_000);

test("sources that import at once give the state that they give one after another", async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (all) => {
      const own = await fresh();
      // Runs of one source take turns: the import task sees to it.
      const importAll = async (connection: string) => {
        for (const run of all.filter((one) => one.connection === connection)) {
          await own.importScan(toScan(run), { checks: CHECKS, limits: { maxAssets: 1 } });
        }
      };
      await Promise.all([importAll("A"), importAll("B")]);
      expect(await readState(own)).toEqual(expectedState(all));
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
