import fc from "fast-check";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { readFindings, type ScanWorld, testCheck } from "./scan-world.fixture.ts";
import { DAY, T, useScanWorld } from "./use-scan-world.fixture.ts";

const PRODUCTS = ["Nessus", "Nmap"] as const;

const fresh = useScanWorld();

/** One look of a product at some hosts: the checks it shows there. */
type Run = {
  product: (typeof PRODUCTS)[number];
  day: number;
  isComplete: boolean;
  hosts: { host: number; checks: string[] }[];
};

/** Checks `cve` and `cve2` of both products tell of one weakness; `own` is a check of each. */
const CHECKS = [
  testCheck("own"),
  testCheck("cve", { cveIds: ["CVE-2020-1111"] }),
  testCheck("cve2", { cveIds: ["CVE-2020-1111"] }),
];

function importRun({ importScan }: ScanWorld, { product, day, isComplete, hosts }: Run, connection: string) {
  const assets = hosts.map(({ host, checks }) => ({
    asset: { name: `h${host}`, ipAddresses: [`10.7.0.${host}`] },
    findings: checks.map((checkId) => ({ checkId })),
  }));
  return importScan({ connection, product, at: T + day * DAY, isComplete, assets }, { checks: CHECKS });
}

/** Everything but whose word is shown and what the connections are called. */
async function readStates({ db, subscriptionId }: ScanWorld) {
  const findings = await readFindings(db, subscriptionId);
  return findings
    .map(({ asset, cveId, check, status, firstFound, lastFound, lastFixed, reopenedAt, sources }) => ({
      ...{ asset, issue: cveId ?? check, status, firstFound, lastFound, lastFixed, reopenedAt },
      sources: sources
        .map(({ check: id, isPresent, firstSeen, lastSeen }) => JSON.stringify([id, isPresent, firstSeen, lastSeen]))
        .sort(),
    }))
    .map((one) => JSON.stringify(one))
    .sort();
}

const seen = (product: Run["product"], day: number, checks: string[]): Run => ({
  product,
  day,
  isComplete: true,
  hosts: [{ host: 1, checks }],
});

test("a run closes only what its own product reported through the connection", async () => {
  const own = await fresh();
  await importRun(own, seen("Nessus", 0, ["cve"]), "mix");
  const { findingsFixed } = await importRun(own, seen("Nmap", 1, ["own"]), "mix");
  expect(findingsFixed).toBe(0);
  expect(
    (await readFindings(own.db, own.subscriptionId)).map(({ check, status, lastFound }) => [check, status, lastFound]),
  ).toEqual([
    ["cve", "NEW", T],
    ["own", "NEW", T + DAY],
  ]);
  expect((await importRun(own, seen("Nessus", 2, []), "mix")).findingsFixed).toBe(1);
});

test("a report of one product is none of the past for a newer one of another", async () => {
  const own = await fresh();
  await importRun(own, seen("Nmap", 3, ["own"]), "mix");
  await importRun(own, seen("Nessus", 1, ["cve"]), "mix");
  expect((await readFindings(own.db, own.subscriptionId)).map(({ check, status }) => [check, status])).toEqual([
    ["cve", "NEW"],
    ["own", "NEW"],
  ]);
});

const run: fc.Arbitrary<Run> = fc.record({
  product: fc.constantFrom(...PRODUCTS),
  day: fc.nat(5),
  isComplete: fc.boolean(),
  hosts: fc.uniqueArray(
    fc.record({ host: fc.integer({ min: 1, max: 2 }), checks: fc.subarray(["own", "cve", "cve2"]) }),
    { selector: ({ host }) => host, minLength: 1 },
  ),
});

test("two products in one connection stand as they would in two", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 2, maxLength: 7 }), async (runs) => {
      const [mixed, apart] = [await fresh(), await fresh()];
      for (const one of runs) {
        await importRun(mixed, one, "mix");
        await importRun(apart, one, one.product);
      }
      expect(await readStates(mixed)).toEqual(await readStates(apart));
    }),
    { numRuns: 12 },
  );
});

type Telling = { connection: string; product: string; day: number; operatingSystem: string | null };

/** What two sources say of a host's system; beside it another product looks through the connection of the first. */
const TELLINGS: Telling[] = [
  { connection: "A", product: "Nessus", day: 1, operatingSystem: "a" },
  { connection: "B", product: "Nessus", day: 2, operatingSystem: "a" },
  { connection: "B", product: "Nessus", day: 3, operatingSystem: "c" },
  { connection: "A", product: "Nessus", day: 5, operatingSystem: "a" },
  { connection: "A", product: "Nmap", day: 6, operatingSystem: null },
];

test("the newest word stands, also where the connection was shared between it and the others", async () => {
  const { length } = TELLINGS;
  const order = fc.shuffledSubarray(TELLINGS, { minLength: length, maxLength: length });
  const [a1, b2, b3, a5, nmap] = TELLINGS as [Telling, Telling, Telling, Telling, Telling];
  await fc.assert(
    fc.asyncProperty(order, fc.boolean(), async (tellings, isComplete) => {
      const own = await fresh();
      for (const { connection, product, day, operatingSystem } of tellings) {
        const asset = { name: "h1", ipAddresses: ["10.7.0.1"], operatingSystem };
        const findings = [{ checkId: "own" }];
        await own.importScan({ connection, product, at: T + day * DAY, isComplete, assets: [{ asset, findings }] });
      }
      const { rows } = await sql`SELECT operating_system AS os FROM asset
        WHERE subscription_id = ${own.subscriptionId}`.execute(own.db.write);
      expect(rows).toEqual([{ os: "a" }]);
    }),
    {
      numRuns: 10,
      examples: [
        [[nmap, a1, b2, a5, b3], true],
        [[a1, b2, a5, nmap, b3], true],
        [[a5, a1, b2, nmap, b3], false],
      ],
    },
  );
});
