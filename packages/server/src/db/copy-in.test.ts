import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyInto } from "./copy-in.ts";
import { CopyRows } from "./copy-rows.ts";
import type { Database } from "./pool.ts";

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open({ importPoolMax: 1 });
  await sql`CREATE TABLE copied (ordinal integer PRIMARY KEY, "a text" text, count bigint, is_set boolean, at timestamptz,
    number integer, small smallint, id uuid, score real, texts text[], ids uuid[])`.execute(db.imports);
});
afterAll(() => database.drop());

const COLUMNS = ["ordinal", "a text", "count", "is_set", "at", "number", "small", "id", "score", "texts", "ids"];
type Row = {
  text: string | null;
  count: number;
  isSet: boolean;
  at: number | null;
  number: number | null;
  small: number;
  id: string;
  score: number | null;
  texts: string[];
  ids: string[];
};

const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom("\\", "\n", "\r", "\t", "N", "."), fc.string({ unit: "grapheme" })),
  size: "medium",
});
/** What PostgreSQL can hold: text without NUL and lone surrogates, years 4713 BC to what a Date holds. */
const row = fc.record({
  text: fc.option(anyText),
  count: fc.maxSafeInteger(),
  isSet: fc.boolean(),
  at: fc.option(fc.integer({ min: Date.UTC(-4700, 0), max: 8.64e15 })),
  number: fc.option(fc.integer()),
  small: fc.integer({ min: -32_768, max: 32_767 }),
  id: fc.uuid(),
  // What a real has the digits for.
  score: fc.option(fc.integer({ min: -999, max: 999 }).map((tenths) => tenths / 10)),
  texts: fc.array(anyText, { maxLength: 3 }),
  ids: fc.array(fc.uuid(), { maxLength: 3 }),
});

function toRows(rows: readonly Row[], ordinalOf = (index: number) => index): Uint8Array {
  const written = new CopyRows(16);
  rows.forEach(({ text, count, isSet, at, number, small, id, score, texts, ids }, index) => {
    written.start(COLUMNS.length);
    written.int4(ordinalOf(index));
    written.text(text);
    written.int8(count);
    written.bool(isSet);
    written.time(at);
    written.int4(number);
    written.int2(small);
    written.uuid(id);
    written.float4(score);
    written.texts(texts);
    written.uuids(ids);
  });
  return written.written();
}

const SOME: Row = {
  text: "one",
  count: 1,
  isSet: true,
  at: null,
  number: null,
  small: 1,
  id: "00000000-0000-0000-0000-000000000000",
  score: null,
  texts: [],
  ids: [],
};

test("what is copied in is read back the same, whatever characters and times it holds", async () => {
  const property = fc.asyncProperty(
    fc.array(
      row.filter(({ text, texts }) => ![text, ...texts].some((one) => one?.includes("\0"))),
      { maxLength: 20 },
    ),
    async (rows) => {
      await sql`TRUNCATE copied`.execute(db.imports);
      await db.imports.transaction().execute((tx) => copyInto(tx, "copied", COLUMNS, toRows(rows)));
      const stored = await sql`
      SELECT "a text" AS text, count, is_set AS "isSet", (extract(epoch FROM at) * 1000)::bigint AS at, number, small, id,
        score, texts, ids::text[] AS ids
      FROM copied ORDER BY ordinal`.execute(db.imports);
      expect(stored.rows).toEqual(rows.map((one) => ({ ...one })));
    },
  );
  await fc.assert(property, { numRuns: 50 });
});

test("a row that is refused undoes the transaction, and the session lives on", async () => {
  await sql`TRUNCATE copied`.execute(db.imports);
  const rows = toRows([SOME, SOME], () => 1);
  const copied = db.imports.transaction().execute(async (tx) => {
    await sql`INSERT INTO copied (ordinal) VALUES (7)`.execute(tx);
    await copyInto(tx, "copied", COLUMNS, rows);
  });
  await expect(copied).rejects.toMatchObject({ code: "23505" });
  expect((await sql`SELECT count(*)::int AS count FROM copied`.execute(db.imports)).rows).toEqual([{ count: 0 }]);
});

test("a session that is lost while rows are on their way fails the copy instead of leaving it waiting", async () => {
  const rows = toRows(Array.from({ length: 50_000 }, () => ({ ...SOME, text: "x".repeat(100) })));
  const copied = db.imports.transaction().execute(async (tx) => {
    const { rows: found } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(tx);
    const ended = sql`SELECT pg_terminate_backend(${found[0]!.pid})`.execute(db.write);
    await copyInto(tx, "copied", COLUMNS, rows);
    await ended;
    await sql`SELECT 1`.execute(tx);
  });
  await expect(copied).rejects.toThrow();
  expect((await sql`SELECT count(*)::int AS count FROM copied`.execute(db.imports)).rows).toEqual([{ count: 0 }]);
});
