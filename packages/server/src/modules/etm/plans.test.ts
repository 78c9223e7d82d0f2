import {
  assetTable,
  entityTable,
  findingTable,
  isSortable,
  otDetectionTable,
  otHostTable,
  type TokenTable,
} from "@breakwater/domain/query/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { type RawBuilder, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Scope } from "../../caller.ts";
import { type Database, scopeTo } from "../../db/index.ts";
import { type PageSource, selectPages } from "../../db/query/index.ts";
import { readFilter, readSort } from "../../filter.ts";
import { detectionSource } from "../detections/store.ts";
import { entitySource } from "../entities/sources.ts";
import { hostSource } from "../ot/host-list-store.ts";
import { assetSource, findingSource } from "./sources.ts";

// Plans of the usual queries, on a table that is large enough for an index to be worth while: 40,000 findings of one
// subscription and as many of another, with statistics and visibility as autovacuum leaves them.

const NOW_MS = Date.UTC(2026, 5, 1);
const MANY = 40_000;
const FEW = 50;

let database: TestDatabase;
let db: Database;
let subscriptionId: number;
let tags: Readonly<Record<string, number>>;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  for (const name of ["other", "plant"]) subscriptionId = await seed(name);
  await sql`VACUUM ANALYZE asset, finding, check_definition, tag`.execute(db.write);
  const { rows } = await sql<{ name: string; id: number }>`SELECT name, id FROM tag
    WHERE subscription_id = ${subscriptionId}`.execute(db.read);
  tags = Object.fromEntries(rows.map(({ name, id }) => [name, id]));
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

/** Most of the 4,000 assets have the tag `Common`, two have `Rare`; a CVE is on 20 findings, a check too. */
async function seed(name: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`INSERT INTO subscription (name) VALUES (${name}) RETURNING id`.execute(
    db.write,
  );
  const id = rows[0]!.id;
  await sql`INSERT INTO tag (subscription_id, name) SELECT ${id}::int, unnest(ARRAY['Common', 'Rare'])`.execute(
    db.write,
  );
  await sql`WITH named AS (SELECT array_agg(t.id ORDER BY t.name) AS ids FROM tag t WHERE subscription_id = ${id})
    INSERT INTO asset (subscription_id, name, risk, ip_addresses, tag_ids, created_at, updated_at)
    SELECT ${id}::int, 'host-' || n, n * 37 % 1001, ARRAY['10.0.0.0'::inet + n],
      CASE WHEN n % 10 < 6 THEN ARRAY[ids[1]] WHEN n % 2000 = 7 THEN ARRAY[ids[2]] ELSE '{}' END, now(), now()
    FROM generate_series(1, 4000) n, named`.execute(db.write);
  await sql`INSERT INTO check_definition (subscription_id, product, vendor_id, digest, described_at, title, description,
      solution, severity, source_severity)
    SELECT ${id}::int, 'Nessus', n::text, ''::bytea, now(), 'Flaw ' || n, '', '', 3, 'High'
    FROM generate_series(1, 2000) n`.execute(db.write);
  await sql`INSERT INTO finding (subscription_id, asset_id, fingerprint, check_id, cve_id, severity, qds, status, category,
      port, first_found, last_found)
    SELECT ${id}::int, a.id, gen_random_uuid(), c.first + (a.n * 13 + k * 997) % 2000,
      'CVE-2026-' || 10000 + (a.n * 13 + k * 997) % 2000, 1 + (a.n + k) % 5, 1 + (a.n * 7 + k * 31) % 100, 'ACTIVE',
      'VULNERABILITY', 443, timestamptz '2026-01-01' + a.n * interval '1 minute', now()
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM asset WHERE subscription_id = ${id}) a,
      generate_series(1, 10) k, (SELECT min(id) AS first FROM check_definition WHERE subscription_id = ${id}) c`.execute(
    db.write,
  );
  return id;
}

const scopeOf = (tag?: string): Scope => (tag ? { kind: "tags", tagIds: [tags[tag]!] } : { kind: "all" });
const scoped = (tag?: string) => scopeTo(db, { subscriptionId, scope: scopeOf(tag) });

async function explain(statement: RawBuilder<unknown>): Promise<string> {
  const { rows } = await sql<{ "QUERY PLAN": string }>`EXPLAIN (COSTS OFF) ${statement}`.execute(db.read);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

/** The part of the plan that puts the keys in order. */
async function explainPage(source: PageSource, pageNumber = 0, count = MANY): Promise<string> {
  const cut = { pageSize: 100, pages: 1, after: undefined, offset: pageNumber * 100 };
  const plan = await explain(selectPages(source, cut, { count, version: "" }));
  return plan.split("CTE page")[1]!.split("InitPlan")[0]!;
}

type Asked = { filter?: string; assetFilter?: string; sort?: string; tag?: string };

function find({ filter = "", assetFilter = "", sort, tag }: Asked): Promise<PageSource> {
  return findingSource(scoped(tag), { findingsQql: filter, assetQql: assetFilter }, sort, NOW_MS);
}

test.each([
  [undefined, "finding_pkey"],
  ['[{"finding.qds":"desc"}]', "finding_by_qds"],
  ['[{"finding.qds":"asc"}]', "finding_by_qds"],
  ['[{"finding.severity":"desc"}]', "finding_by_severity"],
  ['[{"finding.firstFoundDate":"desc"}]', "finding_by_first_found"],
  ['[{"finding.detectionAge":"desc"}]', "finding_by_first_found"],
])("findings by %s: any page is cut from index %s, which holds all that is asked", async (sort, index) => {
  for (const pageNumber of [0, 50]) {
    const plan = await explainPage(await find(sort ? { sort } : {}), pageNumber);
    expect(plan).toMatch(new RegExp(`Index Only Scan (Backward )?using ${index} on finding f`));
    expect(plan).not.toMatch(/Sort|Seq Scan|Join/);
  }
});

test.each([
  ["finding.qds", "finding_by_qds", "50"],
  ["finding.severity", "finding_by_severity", "3"],
  ["finding.firstFoundDate", "finding_by_first_found", "2026-01-02"],
])("what stands behind a row by %s begins right there in index %s", async (token, index, value) => {
  for (const direction of ["asc", "desc"]) {
    const source = await find({ sort: JSON.stringify([{ [token]: direction }]) });
    const cut = { pageSize: 100, pages: 1, after: [value, "30000"], offset: 0 };
    const plan = (await explain(selectPages(source, cut, { count: MANY, version: "" }))).split("CTE page")[1]!;
    expect(plan).toMatch(new RegExp(`${index} on finding f\\s+Index Cond: .*ROW\\(`));
  }
});

test("by a CVSS score, it is reckoned once for each check and each CVE", async () => {
  for (const generation of [2, 3, 4]) {
    const plan = await explainPage(await find({ sort: `[{"finding.cvss${generation}BaseScore":"desc"}]` }));
    expect(plan).toMatch(/Cache Key: f.subscription_id, f.check_id/);
    expect(plan).toMatch(/Cache Key: f.cve_id/);
    expect(plan).not.toMatch(/SubPlan/);
  }
});

test("newest first, no source is looked at but those of rows that can be the first", async () => {
  const source = await find({ sort: '[{"finding.lastFoundDate":"desc"}]' });
  const cut = { pageSize: 100, pages: 1, after: undefined, offset: 0, reach: 1_200 };
  const plan = await explain(selectPages(source, cut, { count: MANY, version: "" }));
  const [, reached, sure] = /CTE reached([\s\S]*?)GREATEST\(f_1([\s\S]*)/.exec(plan) ?? [];
  expect(reached).toMatch(/Seq Scan on finding f/);
  expect(reached).not.toMatch(/SubPlan|finding_source/);
  expect(sure).toMatch(/CTE Scan on reached page_key\s+-> +Index Scan using finding_pkey/);
});

test.each([
  ['[{"asset.name":"asc"}]', "asset_by_name"],
  ['[{"asset.riskScore":"desc"}]', "asset_by_risk"],
])("assets by %s: any page is cut from index %s", async (sort, index) => {
  for (const pageNumber of [0, 20]) {
    const plan = await explainPage(assetSource(scoped(), undefined, sort, NOW_MS), pageNumber);
    expect(plan).toMatch(new RegExp(`Index Only Scan (Backward )?using ${index} on asset a`));
    expect(plan).not.toMatch(/Sort|Seq Scan/);
  }
});

test("every field that lists can be ordered by is an order, however many rows there are", async () => {
  const sourceOf = (table: TokenTable, sort: string): PageSource | Promise<PageSource> => {
    if (table === findingTable) return find({ sort });
    if (table === assetTable) return assetSource(scoped(), undefined, sort, NOW_MS);
    if (table === entityTable) return entitySource(scoped(), { filter: undefined, sort, nowMs: NOW_MS });
    const read = table === otHostTable ? hostSource : detectionSource;
    return read(scoped(), readFilter("", table, NOW_MS, "filter"), readSort(sort, table), NOW_MS);
  };
  for (const table of [findingTable, assetTable, otDetectionTable, otHostTable, entityTable]) {
    for (const token of table.tokens.filter((one) => isSortable(table, one))) {
      const source = await sourceOf(table, JSON.stringify([{ [token.name]: "desc" }]));
      const plan = explainPage(source).catch((error: Error) => error.message);
      expect([token.name, await plan]).toEqual([token.name, expect.stringContaining("Limit")]);
    }
  }
});

test("a wide scope walks the order and looks at the assets on the way", async () => {
  const plan = await explainPage(await find({ tag: "Common", sort: '[{"finding.qds":"desc"}]' }), 0, MANY / 2);
  expect(plan).toMatch(/using finding_by_qds on finding f/);
  expect(plan).not.toMatch(/Sort Key|Seq Scan on finding/);
});

test.each([
  { tag: "Rare" },
  { tag: "Rare", sort: '[{"finding.qds":"desc"}]' },
  { assetFilter: "asset.interface.address:10.0.3.9" },
])("what is on few assets is found by them: %j", async (asked) => {
  const source = await find(asked);
  for (const plan of [
    await explainPage(source),
    await explain(sql`SELECT count(*) FROM ${source.from} WHERE ${source.where}`),
  ]) {
    expect(plan).toMatch(/Bitmap Index Scan on asset_by_(tag|address)/);
    expect(plan).toMatch(/using finding_identity on finding f|Bitmap Index Scan on finding_identity/);
    expect(plan).not.toMatch(/Seq Scan|finding_by_qds|finding_pkey/);
  }
});

test.each([
  ["finding.cveId:CVE-2026-10777", "finding_by_cve"],
  ["finding.firstFoundDate<2026-01-01T00:05:00Z", "finding_by_first_found"],
  ["finding.qds>=90 and finding.cveId:CVE-2026-10777", "finding_by_cve"],
  ["finding.vendorFindingId:`777`", "finding_by_check"],
])("%s is found by index %s, in whatever order it is asked for", async (filter, index) => {
  for (const sort of [undefined, '[{"finding.qds":"desc"}]', '[{"finding.status":"asc"}]']) {
    const source = await find({ filter, ...(sort && { sort }) });
    const plan = await explainPage(source, 0, FEW);
    expect(plan).toMatch(new RegExp(`(using|Index Scan on) ${index}`));
    expect(plan).not.toMatch(/Seq Scan on finding|finding_by_qds|finding_pkey/);
  }
});

test("nothing is counted where nothing narrows, and all that narrows is", async () => {
  const hosts = readFilter("", otHostTable, NOW_MS, "filter");
  const detections = readFilter("", otDetectionTable, NOW_MS, "filter");
  const sourcesOf = async (tag?: string) => [
    await find({ ...(tag && { tag }) }),
    assetSource(scoped(tag), undefined, undefined, NOW_MS),
    await hostSource(scoped(tag), hosts, [], NOW_MS),
    await detectionSource(scoped(tag), detections, [], NOW_MS),
  ];
  for (const { total } of await sourcesOf()) {
    expect(await explain(sql`SELECT ${total}`)).toMatch(/on row_total t/);
  }
  const narrowed = [
    ...(await sourcesOf("Common")),
    await find({ filter: "finding.severity:3" }),
    await find({ assetFilter: "asset.name:host" }),
    assetSource(scoped(), "asset.name:host", undefined, NOW_MS),
    await hostSource(scoped(), readFilter("asset.name:host", otHostTable, NOW_MS, "filter"), [], NOW_MS),
  ];
  for (const { total } of narrowed) expect(total).toBeUndefined();
});

test.each(["finding.isDisabled:true", "finding.isDisabled:false", "finding.isIgnored:false"])(
  "%s is a join with what sources tell",
  async (filter) => {
    const { from, where } = await find({ filter });
    const plan = await explain(sql`SELECT count(*) FROM ${from} WHERE ${where}`);
    expect(plan).toMatch(/(Semi|Anti|Loop|Join)[\s\S]*(using|on) finding_source_told/);
    expect(plan.replace(/.*is_accepted.*/, "")).not.toMatch(/Filter:.*SubPlan/);
  },
);
