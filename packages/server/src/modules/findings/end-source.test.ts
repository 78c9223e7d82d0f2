import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { endSource } from "./end-source.ts";
import { readFindings, type ScanWorld } from "./scan-world.fixture.ts";
import { T, useScanWorld } from "./use-scan-world.fixture.ts";

const fresh = useScanWorld();

const HOURS = 3_600_000;
const SOURCES = ["A", "B"] as const;
type Source = (typeof SOURCES)[number];
type Run = { source: Source; hour: number; isComplete: boolean; looks: { host: number; checks: number[] }[] };

const runs: fc.Arbitrary<Run[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 7 })
  .chain((hours) =>
    fc.tuple(
      ...hours.map((hour) =>
        fc.record({
          source: fc.constantFrom(...SOURCES),
          hour: fc.constant(hour),
          isComplete: fc.boolean(),
          looks: fc.uniqueArray(fc.record({ host: fc.nat(2), checks: fc.uniqueArray(fc.nat(3), { maxLength: 4 }) }), {
            selector: ({ host }) => host,
            minLength: 1,
            maxLength: 3,
          }),
        }),
      ),
    ),
  );

/** A subscription of its own in which the runs have come in, in the order given, `retaining` by connections that do. */
async function importAll(order: readonly Run[], retaining: readonly Source[]) {
  const own = await fresh();
  for (const name of SOURCES) {
    await sql`INSERT INTO connection (subscription_id, name, product, retain_missing)
      VALUES (${own.subscriptionId}, ${name}, 'Scanner', ${retaining.includes(name)})`.execute(own.db.write);
  }
  for (const { source, hour, isComplete, looks } of order) {
    const assets = looks.map(({ host, checks }) => ({
      asset: { name: `h${host}`, ipAddresses: [`10.0.0.${host + 1}`] },
      findings: checks.map((check) => ({ checkId: `c${check}` })),
    }));
    await own.importScan({ connection: source, product: "Scanner", at: T + hour * HOURS, isComplete, assets });
  }
  return own;
}

/** Whether the source reports the check on the host in the end, by its runs alone. */
function isReported(all: readonly Run[], source: Source, name: string, isRetaining: boolean): boolean {
  const looks = all.filter(
    (run) => run.source === source && run.looks.some(({ host }) => name.startsWith(`h${host} `)),
  );
  const shown = looks.filter((run) =>
    run.looks.some(({ host, checks }) => checks.some((c) => name === `h${host} c${c}`)),
  );
  if (shown.length === 0) return false;
  const last = Math.max(...shown.map(({ hour }) => hour));
  return isRetaining || !looks.some((run) => run.isComplete && run.hour > last);
}

const openOf = async ({ db, subscriptionId }: ScanWorld) =>
  Object.fromEntries(
    (await readFindings(db, subscriptionId)).map((one) => [`${one.asset} ${one.check}`, one.status !== "FIXED"]),
  );

test("a connection that retains what is missing closes nothing, whatever its runs show in whatever order", async () => {
  const orders = runs.chain((all) =>
    fc.record({ all: fc.constant(all), order: fc.shuffledSubarray(all, { minLength: all.length }) }),
  );
  await fc.assert(
    fc.asyncProperty(orders, async ({ all, order }) => {
      const open = await openOf(await importAll(order, ["A"]));
      for (const [name, isOpen] of Object.entries(open)) {
        expect([name, isOpen]).toEqual([name, isReported(all, "A", name, true) || isReported(all, "B", name, false)]);
      }
      const onlyA = await openOf(
        await importAll(
          order.filter(({ source }) => source === "A"),
          ["A"],
        ),
      );
      expect(Object.values(onlyA)).not.toContain(false);
    }),
    { numRuns: 10, interruptAfterTimeLimit: 60_000 },
  );
}, 90_000);

test("after the end of a source what the others report is open, and nothing else has changed", async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (all) => {
      const own = await importAll(all, []);
      const { db, subscriptionId } = own;
      const before = await readFindings(db, subscriptionId);
      await endAll(own, "A");
      const after = await readFindings(db, subscriptionId);
      const expected = before.map((one) => {
        const isOpen = isReported(all, "B", `${one.asset} ${one.check}`, false);
        const sources = one.sources.map((source) => ({
          ...source,
          isPresent: source.isPresent && source.connection === "B",
        }));
        if (isOpen || one.status === "FIXED") return { ...one, sources };
        return { ...one, sources, status: "FIXED", lastFixed: END };
      });
      expect(after).toEqual(expected);
      expect(await storedCounts(own)).toEqual(countsOf(after));
    }),
    { numRuns: 10, interruptAfterTimeLimit: 60_000 },
  );
}, 90_000);

const END = T + 100 * HOURS;

async function endAll({ db, subscriptionId }: ScanWorld, name: Source): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM connection WHERE subscription_id = ${subscriptionId} AND name = ${name}`.execute(db.write);
  const source = { subscriptionId, connectionId: rows[0]!.id, at: END };
  for (let after: number | undefined = 0; after !== undefined; ) {
    const from: number = after;
    after = await db.imports.transaction().execute((tx) => endSource(tx, source, from));
  }
}

async function storedCounts({ db, subscriptionId }: ScanWorld) {
  const { rows } = await sql<{ name: string; count: number }>`
    SELECT name, finding_count AS count FROM asset WHERE subscription_id = ${subscriptionId} AND finding_count > 0`.execute(
    db.write,
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

function countsOf(findings: readonly { asset: string; status: string }[]): Record<string, number> {
  const open = findings.filter(({ status }) => status !== "FIXED");
  return Object.fromEntries([...Map.groupBy(open, ({ asset }) => asset)].map(([name, all]) => [name, all.length]));
}
