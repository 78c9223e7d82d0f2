import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Scope } from "../../caller.ts";
import { type Database, scopeTo } from "../../db/index.ts";
import { readPage, selectPages } from "../../db/query/index.ts";
import { seedWorld } from "../findings-read/seed.fixture.ts";
import { anyWorld, toExpectedJson, WORLD_NOW_MS } from "../findings-read/world.fixture.ts";
import { findingSource } from "./sources.ts";

// When a finding was last found is reckoned from its sources: of those only that can be the first of the order.

const NEWEST = '[{"finding.lastFoundDate":"desc"}]';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

type Expected = ReturnType<typeof toExpectedJson>;
const FILTERS: Readonly<Record<string, (finding: Expected) => boolean>> = {
  "": () => true,
  "finding.severity>=3": ({ severity }) => severity >= 3,
  "not finding.status:FIXED": ({ status }) => status !== "FIXED",
};

test("the rows that are sure are the first of the order, however few are looked at, and all are when all are looked at", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyWorld,
      fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 3 })), { nil: null }),
      fc.constantFrom(...Object.keys(FILTERS)),
      fc.array(
        fc.record({
          reach: fc.integer({ min: 1, max: 45 }),
          pageSize: fc.integer({ min: 1, max: 12 }),
          offset: fc.nat({ max: 8 }),
          from: fc.option(fc.nat({ max: 40 })),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      async (world, tags, filter, cuts) => {
        const seeded = await seedWorld(db, world);
        const scope: Scope = tags
          ? { kind: "tags", tagIds: tags.map((tag) => seeded.tagIds[tag - 1]!) }
          : { kind: "all" };
        const isSeen = ({ assetId }: { assetId: number }) =>
          tags === null || world.assets[assetId - 1]!.tagIds.some((tag) => tags.includes(tag));
        const rows = world.findings
          .flatMap((finding, index) => (isSeen(finding) ? [toExpectedJson(world, seeded, index)] : []))
          .filter(FILTERS[filter]!)
          .sort((a, b) => b.lastFound - a.lastFound || Number(b.id) - Number(a.id));
        const scoped = scopeTo(db, { subscriptionId: seeded.subscriptionId, scope });
        const source = await findingSource(scoped, { findingsQql: filter, assetQql: "" }, NEWEST, WORLD_NOW_MS);
        for (const { reach, pageSize, offset, from } of cuts) {
          const last = from === null ? undefined : rows[from];
          const after = last && [new Date(last.lastFound).toISOString(), last.id];
          const start = offset + (last ? rows.indexOf(last) + 1 : 0);
          const wanted = rows.slice(start, start + pageSize).map(({ id }) => Number(id));
          const cut = { pageSize, pages: 1, after, offset, reach };
          const read = await selectPages<number>(source, cut, { count: 20_000, version: "" }).execute(db.read);
          const { ids } = read.rows[0]!;
          expect(ids).toEqual(wanted.slice(0, ids.length));
          if (reach > world.findings.length) expect(ids).toEqual(wanted);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("a filter by when findings were last found finds those that show such a time", async () => {
  await fc.assert(
    fc.asyncProperty(
      anyWorld,
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 6 }),
      async (world, cuts) => {
        const seeded = await seedWorld(db, world);
        const scoped = scopeTo(db, { subscriptionId: seeded.subscriptionId, scope: { kind: "all" } });
        const rows = world.findings.map((_, index) => toExpectedJson(world, seeded, index));
        const find = async (findingsQql: string) => {
          const source = await findingSource(scoped, { findingsQql, assetQql: "" }, undefined, WORLD_NOW_MS);
          return new Set((await readPage<number>(db.read, source, { pageSize: 1000, pageNumber: 0 })).ids.map(String));
        };
        const wanted = (passes: (lastFound: number) => boolean) =>
          new Set(rows.filter(({ lastFound }) => passes(lastFound)).map(({ id }) => id));
        for (const [one, other, isOnIt] of rows.length > 0 ? cuts : []) {
          // At the times that findings show, and right beside them.
          const [from, to] = [one, other]
            .map((at) => rows[at % rows.length]!.lastFound + (isOnIt ? 0 : 1000))
            .sort((a, b) => a - b) as [number, number];
          const [fromText, toText] = [from, to].map((ms) => new Date(ms).toISOString());
          const field = "finding.lastFoundDate";
          expect(await find(`${field}>="${fromText}"`)).toEqual(wanted((at) => at >= from));
          expect(await find(`${field}<"${toText}"`)).toEqual(wanted((at) => at < to));
          expect(await find(`not ${field}<"${toText}"`)).toEqual(wanted((at) => at >= to));
          expect(await find(`${field}:["${fromText}" .. "${toText}"]`)).toEqual(wanted((at) => at >= from && at <= to));
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("where the source that looked last shows next to nothing, pages are those of the order all the same", async () => {
  const { rows: added } = await sql<{
    id: number;
  }>`INSERT INTO subscription (name) VALUES ('two looks') RETURNING id`.execute(db.write);
  const subscriptionId = added[0]!.id;
  await seedTwoLooks(subscriptionId);
  // Of each asset one finding is shown by the second source, whose look is the later one.
  const { rows } = await sql<{ id: number; number: number; asset: number }>`
    SELECT f.id, f.port AS number, a.risk AS asset FROM finding f JOIN asset a ON a.subscription_id = f.subscription_id
      AND a.id = f.asset_id WHERE f.subscription_id = ${subscriptionId}`.execute(db.read);
  const dayOf = ({ number, asset }: (typeof rows)[number]) => (number === 1 ? 1000 + asset : asset);
  const order = rows.sort((a, b) => dayOf(b) - dayOf(a) || b.id - a.id).map(({ id }) => id);
  expect(order).toHaveLength(12_000);
  const scoped = scopeTo(db, { subscriptionId, scope: { kind: "all" } });
  const source = await findingSource(scoped, { findingsQql: "", assetQql: "" }, NEWEST, WORLD_NOW_MS);
  for (const pageSize of [5, 700]) {
    for (const pageNumber of [0, 2, 16]) {
      const page = await readPage<number>(db.read, source, { pageSize, pageNumber });
      expect([page.count, page.ids]).toEqual([12_000, order.slice(pageNumber * pageSize, (pageNumber + 1) * pageSize)]);
      if (!page.last) continue;
      const next = await readPage<number>(db.read, source, { pageSize, after: page.last });
      expect(next.ids).toEqual(order.slice((pageNumber + 1) * pageSize, (pageNumber + 2) * pageSize));
    }
  }
});

/** 300 assets of 40 findings each. The first source saw asset n on the n-th day, the second on the n-th after the 1000th. */
async function seedTwoLooks(subscriptionId: number): Promise<void> {
  await sql`INSERT INTO connection (subscription_id, name, product) SELECT ${subscriptionId}::int, n, 'Nessus'
    FROM unnest(ARRAY['first', 'second']) n`.execute(db.write);
  await sql`INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description,
      solution, severity, source_severity)
    VALUES (${subscriptionId}, 'Nessus', '1', '', now(), 'Flaw', '', '', 3, 'High')`.execute(db.write);
  await sql`INSERT INTO asset (subscription_id, name, risk, created_at, updated_at)
    SELECT ${subscriptionId}::int, 'host', n, now(), now() FROM generate_series(1, 300) n`.execute(db.write);
  await sql`INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, severity, qds, status, category, port,
      first_found, last_found)
    SELECT a.subscription_id, a.id, gen_random_uuid(), c.id, 3, 50, 'ACTIVE', 'VULNERABILITY', k, '2020-01-01', '2020-01-01'
    FROM asset a JOIN check_definition c ON c.subscription_id = a.subscription_id, generate_series(1, 40) k
    WHERE a.subscription_id = ${subscriptionId}`.execute(db.write);
  await sql`INSERT INTO finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, is_present,
      first_seen, last_seen, severity)
    SELECT f.subscription_id, f.asset_id, f.fingerprint, n.id, f.check_id, true, '2020-01-01', '2020-01-01', 3
    FROM finding f JOIN connection n ON n.subscription_id = f.subscription_id AND (n.name = 'first' OR f.port = 1)
    WHERE f.subscription_id = ${subscriptionId}`.execute(db.write);
  await sql`INSERT INTO asset_source (subscription_id, asset_id, connection_id, seen_at, first_seen_at, digest, has_fresh)
    SELECT a.subscription_id, a.id, n.id, timestamptz '2020-01-01' + a.risk * interval '1 day'
      + CASE n.name WHEN 'second' THEN interval '1000 days' ELSE interval '0' END, '2020-01-01', '', false
    FROM asset a JOIN connection n ON n.subscription_id = a.subscription_id WHERE a.subscription_id = ${subscriptionId}`.execute(
    db.write,
  );
}
