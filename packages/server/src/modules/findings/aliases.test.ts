import fc from "fast-check";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { readFindings, type ScanWorld, type TestScan, testCheck } from "./scan-world.fixture.ts";
import { DAY, T, useScanWorld } from "./use-scan-world.fixture.ts";

const fresh = useScanWorld();

const GHSA = { a: "GHSA-2222-2222-2222", b: "GHSA-3333-3333-3333" };
const CVE = { a: "CVE-2024-0001", b: "CVE-2024-0002" };

/** What a scanner calls a weakness of the one package of the one host. */
type Name = { product: string; id: string; cveIds?: string[]; aliases?: string[] };

const imported = async (own: ScanWorld, day: number, names: readonly Name[]) => {
  const product = names[0]!.product;
  const scan: TestScan = {
    connection: product,
    product,
    at: T + day * DAY,
    assets: [
      {
        asset: { name: "h1", ipAddresses: ["10.0.0.1"] },
        findings: names.map(({ id }) => ({ checkId: id, instance: "lib@1.0" })),
      },
    ],
  };
  return own.importScan(scan, {
    checks: names.map(({ id, cveIds = [], aliases = [] }) => testCheck(id, { cveIds, aliases })),
  });
};
const found = async ({ db, subscriptionId }: ScanWorld) =>
  (await readFindings(db, subscriptionId)).map(({ cveId, status, firstFound, sources }) => ({
    cveId,
    status,
    first: (firstFound - T) / DAY,
    sources: sources.filter(({ isPresent }) => isPresent).map(({ connection }) => connection),
  }));
const idOf = async ({ db, subscriptionId }: ScanWorld) =>
  (
    await sql<{ id: number }>`SELECT id FROM finding WHERE subscription_id = ${subscriptionId} ORDER BY id`.execute(
      db.write,
    )
  ).rows.map(({ id }) => id);

const trivy: Name = { product: "Trivy", id: CVE.a, cveIds: [CVE.a] };
const grype: Name = { product: "Grype", id: GHSA.a, cveIds: [CVE.a], aliases: [GHSA.a] };
const osv: Name = { product: "OSV", id: GHSA.a, aliases: [GHSA.a] };

describe("one weakness under several names", () => {
  test("is one finding, whichever source tells how the names hang together, and when", async () => {
    for (const order of [
      [trivy, grype, osv],
      [osv, trivy, grype],
      [osv, grype, trivy],
    ]) {
      const own = await fresh();
      for (const [day, name] of order.entries()) await imported(own, day, [name]);
      expect(await found(own)).toEqual([
        { cveId: CVE.a, status: "ACTIVE", first: 0, sources: ["Grype", "OSV", "Trivy"] },
      ]);
    }
  });

  test("keeps its id when it is the only finding, and its history when it joins another", async () => {
    const own = await fresh();
    await imported(own, 0, [osv]);
    const [first] = await idOf(own);
    await imported(own, 1, [{ ...osv, aliases: [GHSA.a, "PYSEC-2024-1"] }]);
    await imported(own, 2, [{ product: "Snyk", id: "SNYK-1", cveIds: [CVE.a], aliases: ["PYSEC-2024-1"] }]);
    expect(await idOf(own)).toEqual([first]);
    expect(await found(own)).toEqual([{ cveId: CVE.a, status: "ACTIVE", first: 0, sources: ["OSV", "Snyk"] }]);
  });

  test("is known by all names that it was ever given, those of today and those of before", async () => {
    const own = await fresh();
    const [one, other] = [
      { product: "OSV", id: "n1" },
      { product: "OSV", id: "n2" },
    ];
    await imported(own, 0, [
      { ...one, aliases: ["PYSEC-2024-1"] },
      { ...other, aliases: [GHSA.a, "PYSEC-2024-1"] },
    ]);
    await imported(own, 1, [
      { ...one, aliases: ["RUSTSEC-2024-0001"] },
      { ...other, aliases: [GHSA.a, "PYSEC-2024-1"] },
    ]);
    expect(await found(own)).toHaveLength(1);
  });

  test("is several findings again when a name turns out to be that of several CVEs", async () => {
    const own = await fresh();
    await imported(own, 0, [osv]);
    await imported(own, 1, [grype]);
    expect(await found(own)).toHaveLength(1);
    await imported(own, 2, [{ product: "Other", id: "x", cveIds: [CVE.b], aliases: [GHSA.a] }]);
    expect(await found(own)).toEqual([
      { cveId: CVE.a, status: "NEW", first: 1, sources: ["Grype"] },
      { cveId: CVE.b, status: "NEW", first: 2, sources: ["Other"] },
      { cveId: null, status: "NEW", first: 0, sources: ["OSV"] },
    ]);
  });

  test("is not taken for what a vendor's advisory bundles with it", async () => {
    const own = await fresh();
    await imported(own, 0, [{ product: "Trivy", id: CVE.a, cveIds: [CVE.a], aliases: ["DSA-5123-1"] }]);
    await imported(own, 1, [{ product: "OSV", id: "DSA-5123-1", aliases: ["DSA-5123-1"] }]);
    expect(await found(own)).toHaveLength(2);
  });

  test("is not taken for what a check tells thousands of names of", async () => {
    const own = await fresh();
    const cveIds = Array.from({ length: 2_500 }, (_, index) => `CVE-2024-${10_000 + index}`);
    const aliases = cveIds.map((cve) => `GHSA-${cve}`);
    const counts = await imported(own, 0, [
      { product: "Odd", id: "x", cveIds, aliases },
      { product: "Odd", id: "y", aliases },
    ]);
    // Of the CVEs, and of the names of both.
    expect(counts).toMatchObject({ warnings: 3, findingsNew: 2_001 });
    const { rows } = await sql`SELECT FROM issue_alias WHERE subscription_id = ${own.subscriptionId}`.execute(
      own.db.write,
    );
    expect(rows).toHaveLength(0);
  });

  test("an import goes on under the new name while another one teaches it", async () => {
    const own = await fresh();
    await imported(own, 0, [osv, { ...osv, id: "y", aliases: [GHSA.b] }]);
    await imported(own, 1, [grype]);
    expect(await imported(own, 2, [osv, { ...osv, id: "y", aliases: [GHSA.b] }])).toMatchObject({
      findingsNew: 0,
      findingsUnchanged: 2,
      findingsFixed: 0,
    });
    expect(await imported(own, 3, [osv])).toMatchObject({ findingsFixed: 1 });
  });
});

// The oracle --------------------------------------------------------------------------------------------------------

const NAMES = [GHSA.a, GHSA.b, "PYSEC-2024-1", "RUSTSEC-2024-0001"];
type Told = { check: number; aliases: string[] };
type Run = { day: number; source: number; told: Told[] };

/** Of two sources that know CVEs, and two that know only other names. */
const CHECKS = [
  { source: 0, id: CVE.a, cveIds: [CVE.a] },
  { source: 0, id: CVE.b, cveIds: [CVE.b] },
  { source: 1, id: "both", cveIds: [CVE.a, CVE.b] },
  { source: 2, id: "n1", cveIds: [] },
  { source: 2, id: "n2", cveIds: [] },
  { source: 3, id: "n1", cveIds: [] },
];

const runs: fc.Arbitrary<Run[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 6 })
  .chain((days) =>
    fc.tuple(
      ...days.map((day) =>
        fc.nat(3).chain((source) =>
          fc.record({
            day: fc.constant(day),
            source: fc.constant(source),
            told: fc.uniqueArray(
              fc.record({
                check: fc.constantFrom(...CHECKS.keys().filter((index) => CHECKS[index]!.source === source)),
                aliases: fc.subarray(NAMES, { maxLength: 2 }),
              }),
              { selector: ({ check }) => check, maxLength: 3 },
            ),
          }),
        ),
      ),
    ),
  );

/** The issue of each check by all that was ever told: names that are linked, and CVEs that are linked to them. */
function expectedIssue(all: readonly Run[], check: number): string[] {
  const { cveIds, source, id } = CHECKS[check]!;
  if (cveIds.length > 0) return cveIds;
  const told = all.flatMap((one) => one.told);
  const own = [...new Set(told.filter((one) => one.check === check).flatMap(({ aliases }) => aliases))].sort();
  if (own.length === 0) return [`${source} ${id}`];
  const cvesOf = (names: readonly string[]) => [
    ...new Set(
      told
        .filter(({ aliases }) => aliases.some((name) => names.includes(name)))
        .flatMap((one) => CHECKS[one.check]!.cveIds),
    ),
  ];
  const smallest = (names: string[]) =>
    [...names].sort().find((name) => name.startsWith("GHSA")) ?? [...names].sort()[0]!;
  const direct = cvesOf(own);
  if (direct.length > 0) return [direct.length === 1 ? direct[0]! : smallest(own)];
  let all_ = own;
  for (;;) {
    const more = told
      .filter((one) => CHECKS[one.check]!.cveIds.length === 0 && one.aliases.some((name) => all_.includes(name)))
      .flatMap(({ aliases }) => aliases);
    const next = [...new Set([...all_, ...more])];
    if (next.length === all_.length) break;
    all_ = next;
  }
  const cves = cvesOf(all_);
  return [cves.length === 1 ? cves[0]! : smallest(cves.length > 1 ? own : all_)];
}

function expectedState(all: readonly Run[]) {
  const findings = new Map<string, { sources: string[]; days: number[]; isOpen: boolean }>();
  for (const [index, { source, id }] of CHECKS.entries()) {
    const looks = all.filter((one) => one.source === source);
    const days = looks.filter(({ told }) => told.some(({ check }) => check === index)).map(({ day }) => day);
    if (days.length === 0) continue;
    const last = Math.max(...days);
    const isPresent = !looks.some(({ day }) => day > last);
    for (const issue of expectedIssue(all, index)) {
      const finding = findings.get(issue) ?? { sources: [], days: [], isOpen: false };
      finding.sources.push(`${source} ${id} ${isPresent} ${Math.min(...days)} ${last}`);
      finding.days.push(...days);
      finding.isOpen ||= isPresent;
      findings.set(issue, finding);
    }
  }
  return [...findings]
    .map(([issue, { sources, days, isOpen }]) => ({
      cveId: issue.startsWith("CVE-") ? issue : null,
      status: !isOpen ? "FIXED" : new Set(days).size === 1 ? "NEW" : "OPEN",
      first: Math.min(...days),
      last: Math.max(...days),
      sources: sources.sort(),
    }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

async function actualState({ db, subscriptionId }: ScanWorld) {
  const day = (at: number) => (at - T) / DAY;
  return (await readFindings(db, subscriptionId))
    .map(({ cveId, status, firstFound, lastFound, sources }) => ({
      cveId,
      status: ["ACTIVE", "REOPENED"].includes(status) ? "OPEN" : status,
      first: day(firstFound),
      last: day(lastFound),
      sources: sources
        .map((one) => `${one.connection} ${one.check} ${one.isPresent} ${day(one.firstSeen)} ${day(one.lastSeen)}`)
        .sort(),
    }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

const importRun = (own: ScanWorld, { day, source, told }: Run) =>
  own.importScan(
    {
      connection: String(source),
      product: String(source),
      at: T + day * DAY,
      assets: [
        {
          asset: { name: "h1", ipAddresses: ["10.0.0.1"] },
          findings: told.map(({ check }) => ({ checkId: CHECKS[check]!.id, instance: "lib@1.0" })),
        },
      ],
    },
    {
      checks: told.map(({ check, aliases }) =>
        testCheck(CHECKS[check]!.id, { cveIds: CHECKS[check]!.cveIds, aliases }),
      ),
    },
  );

test("whatever names are told in whatever order, the findings are those of all that was told", async () => {
  const orders = runs.chain((all) =>
    fc.record({ all: fc.constant(all), order: fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }) }),
  );
  await fc.assert(
    fc.asyncProperty(orders, async ({ all, order }) => {
      const own = await fresh();
      for (const one of order) await importRun(own, one);
      expect(await actualState(own)).toEqual(expectedState(all));
      const { rows } = await sql<{ stored: number; due: number }>`
        SELECT a.finding_count AS stored, (SELECT count(*) FROM finding f WHERE f.subscription_id = a.subscription_id
          AND f.asset_id = a.id AND f.status <> 'FIXED')::int AS due
        FROM asset a WHERE a.subscription_id = ${own.subscriptionId}`.execute(own.db.write);
      for (const { stored, due } of rows) expect(stored).toBe(due);
    }),
    { numRuns: 25, interruptAfterTimeLimit: 100_000 },
  );
}, 150_000);

test("sources that teach names at once give the state that they give one after another", async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (all) => {
      const own = await fresh();
      const bySource = Map.groupBy(all, ({ source }) => source);
      await Promise.all(
        [...bySource.values()].map(async (ofOne) => {
          for (const one of ofOne) await importRun(own, one);
        }),
      );
      expect(await actualState(own)).toEqual(expectedState(all));
    }),
    { numRuns: 8, interruptAfterTimeLimit: 60_000 },
  );
}, 90_000);
