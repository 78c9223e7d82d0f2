import type { Query, QueryRecord } from "@breakwater/domain/query/index";
import {
  evaluateQuery,
  foldCase,
  parseQuery,
  parseSort,
  splitWords,
  wordPatternForPostgres,
} from "@breakwater/domain/query/index";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../index.ts";
import type { FieldMap } from "./index.ts";
import { compileQuery, compileSort, isMappedField } from "./index.ts";
import {
  createItemTables,
  insertItems,
  itemQuery,
  itemRecord,
  itemTable,
  plainFields,
  storedFields,
} from "./item.fixture.ts";

const now = new Date("2026-03-31T12:00:00Z");
const records: readonly QueryRecord[] = fc
  .sample(itemRecord, { numRuns: 250, seed: 20260331 })
  .map((record, index) => ({ ...record, id: index }));
let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase({ schema: "empty" });
  db = database.open();
  await createItemTables(db.write);
  await insertItems(db.write, records);
});

afterAll(async () => {
  await database?.drop();
});

function parsed(text: string): Query {
  const result = parseQuery(text, itemTable, now);
  if (!result.ok) throw new Error(`${text}: ${result.error.message}`);
  return result.query;
}

async function idsBySql(query: Query, fields: FieldMap): Promise<number[]> {
  const statement = sql<{ id: number }>`select i.id from item as i where ${compileQuery(query, fields)} order by i.id`;
  return (await statement.execute(db.read)).rows.map(({ id }) => id);
}

function idsByEvaluation(query: Query): number[] {
  const matching = records.filter((record) =>
    evaluateQuery(query, record, (field) => isMappedField(plainFields, field)),
  );
  return matching.map((record) => Number(record.id));
}

describe("compileQuery", () => {
  it("finds what the evaluator finds, for random queries over random records", async () => {
    let accepted = 0;
    let selective = 0;
    await fc.assert(
      fc.asyncProperty(itemQuery, async (text) => {
        const result = parseQuery(text, itemTable, now);
        if (!result.ok) {
          expect(result.error.code, `${text}: ${result.error.message}`).toBe("type");
          return;
        }
        const expected = idsByEvaluation(result.query);
        expect(await idsBySql(result.query, plainFields)).toEqual(expected);
        expect(await idsBySql(result.query, storedFields)).toEqual(expected);
        accepted += 1;
        if (expected.length > 0 && expected.length < records.length) selective += 1;
      }),
      { numRuns: 600 },
    );
    // A property over refused or trivial queries would say nothing.
    expect(accepted).toBeGreaterThan(300);
    expect(selective).toBeGreaterThan(150);
  });

  it("cuts and folds any text as the database does", async () => {
    const separators = fc.constantFrom(..."., -_;/:'()[]\u00a0\u2019\u3000");
    const hex = fc.stringMatching(/^[0-9a-fA-F]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}[.,x]?$/);
    const parts = fc.oneof(
      separators,
      fc.stringMatching(/^[0-9]{1,3}[.,][0-9a-z]$/),
      hex,
      fc.string({ unit: "grapheme", maxLength: 4 }),
    );
    const arbitrary = fc.oneof(
      fc.array(parts, { maxLength: 8 }).map((list) => list.join("")),
      fc.string({ unit: "binary" }),
    );
    const texts = fc
      .sample(arbitrary, { numRuns: 5000, seed: 7 })
      .filter((text) => text.isWellFormed() && !text.includes("\0"));
    const { rows } = await sql<{ text: string; words: string[] }>`
      select text, array(select m[1] from regexp_matches(lower(text), ${wordPatternForPostgres}, 'g') as m) as words
      from unnest(${sql.val(texts)}::text[]) as text`.execute(db.read);
    expect(rows).toHaveLength(texts.length);
    expect(rows.filter(({ text, words }) => splitWords(text).join("|") !== words.join("|"))).toEqual([]);
  });

  it("folds the case of every character as the database does", async () => {
    const codePoints = Array.from({ length: 0x2_0000 - 1 }, (_, index) => index + 1);
    const characters = codePoints
      .map((codePoint) => String.fromCodePoint(codePoint))
      .filter((text) => text.isWellFormed());
    const { rows } = await sql<{ text: string; folded: string }>`
      select text, lower(text) as folded from unnest(${sql.val(characters)}::text[]) as text`.execute(db.read);
    expect(rows).toHaveLength(characters.length);
    expect(rows.filter(({ text, folded }) => foldCase(text) !== folded)).toEqual([]);
  });

  it.each([
    ["1000 levels", `${"severity:1 and (not id:2 or (".repeat(333)}id:3${"))".repeat(333)}`],
    ["a chain of 1001 conditions", Array.from({ length: 1001 }, (_, index) => `id:${index}`).join(" or ")],
    ["a list of 10000 values", `title:[${Array.from({ length: 10_000 }, (_, index) => `w${index}`).join(",")}]`],
  ])("answers %s", async (_, text) => {
    const query = parsed(text);
    expect(await idsBySql(query, plainFields)).toEqual(idsByEvaluation(query));
  });

  it("sends every value as a parameter", () => {
    const secret = "zq";
    const forms = [
      "title:zq",
      'title:"zq x"',
      "title:`zq`",
      "title:*zq*",
      "title='zq'",
      "code:zq",
      "labels:[zq,`zq`]",
      "owner:zq",
      "parts:(name:zq)",
    ];
    for (const form of [...forms, "severity:77", "seen:1977-07-07", "address:77.7.7.7", "score>77.5", "mac:77:77:77"]) {
      const compiled = compileQuery(parsed(form), plainFields).compile(db.read);
      expect(compiled.sql).not.toContain(secret);
      expect(compiled.sql).not.toContain("77");
      expect(JSON.stringify(compiled.parameters)).toMatch(/zq|77/);
    }
  });

  it("answers false for unknown data, under every operator", async () => {
    for (const text of ["absent:x", "absent!=x", "absent is null", "absent is not null"]) {
      expect(await idsBySql(parsed(text), plainFields)).toEqual([]);
      expect(await idsBySql(parsed(`not ${text}`), plainFields)).toHaveLength(records.length);
    }
    const withoutGroups: FieldMap = { columns: plainFields.columns };
    expect(await idsBySql(parsed("parts:(not name:x)"), withoutGroups)).toEqual([]);
  });
});

describe("index use", () => {
  it.each([
    ["code_folded", "code:a-1", sql`create index on item (code_folded)`],
    ["severity", "severity:[4,5]", sql`create index on item (severity)`],
    ["count", "count:[1 .. 9]", sql`create index on item (count)`],
    ["score", "score>7.1", sql`create index on item (score)`],
    ["seen_idx", "seen:[now-1M .. now]", sql`create index on item (seen)`],
    ["seen_ms", "seenMs:2026-03-31", sql`create index on item (seen_ms)`],
    ["address", "address:10.0.0.0/8", sql`create index on item (address)`],
    ["uid", "uid:550e8400-e29b-41d4-a716-446655440000", sql`create index on item (uid)`],
    ["labels_folded", "labels:[new, x]", sql`create index on item using gin (labels_folded)`],
    ["cves", "cves:CVE-2021-1", sql`create index on item using gin (cves)`],
    ["title_words", "title:remote", sql`create index on item using gin (title_words gin_trgm_ops)`],
    ["title_folded", "title:*code*", sql`create index on item using gin (title_folded gin_trgm_ops)`],
  ])("lets an index on %s answer %s", async (column, text, createIndex) => {
    const client = await db.connect();
    await client.query("create extension if not exists pg_trgm");
    await createIndex.execute(db.write);
    await client.query("set enable_seqscan = off");
    const { sql: text2, parameters } =
      sql`select 1 from item as i where ${compileQuery(parsed(text), storedFields)}`.compile(db.read);
    const plan = await client.query(`explain ${text2}`, [...parameters]);
    await client.end();
    const lines = plan.rows.map((row) => String(row["QUERY PLAN"])).join("\n");
    expect(lines).toMatch(/Index Cond: .*/);
    expect(lines).toContain(`item_${column.replace(/_idx$/, "")}`);
  });
});

describe("compileSort", () => {
  async function order(sort: string): Promise<number[]> {
    const result = parseSort(sort, itemTable);
    if (!result.ok) throw new Error(result.error.message);
    const { orderBy } = compileSort(result.keys, plainFields, sql.ref("i.id"));
    const { rows } = await sql<{ id: number }>`select i.id from item as i order by ${orderBy}`.execute(db.read);
    return rows.map(({ id }) => id);
  }

  const severityOf = (record: QueryRecord) =>
    record.severity === null ? Number.POSITIVE_INFINITY : Number(record.severity);

  it("orders by the keys, then by the unique column, missing values as the greatest", async () => {
    const expected = [...records].sort((a, b) => severityOf(a) - severityOf(b) || Number(a.id) - Number(b.id));
    const ascending = expected.map(({ id }) => Number(id));
    expect(await order('[{"severity":"asc"}]')).toEqual(ascending);
    expect(await order('[{"severity":"desc"}]')).toEqual(ascending.toReversed());
  });

  it("orders by the unique column alone when there is no key, or none with data", async () => {
    const ids = records.map(({ id }) => Number(id));
    expect(await order("[]")).toEqual(ids);
    expect(await order('[{"absent":"desc"}]')).toEqual(ids);
  });
});
