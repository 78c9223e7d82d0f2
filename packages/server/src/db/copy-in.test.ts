import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CopyTime, copyInto } from "./copy-in.ts";
import type { Database } from "./pool.ts";

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open({ importPoolMax: 1 });
  await sql`CREATE TABLE copied (ordinal integer PRIMARY KEY, "a text" text, count bigint, is_set boolean, at timestamptz)`.execute(
    db.imports,
  );
});
afterAll(() => database.drop());

const COLUMNS = ["ordinal", "a text", "count", "is_set", "at"];

/** What PostgreSQL can hold: text without NUL and lone surrogates, years 4713 BC to what a Date holds. */
const row = fc.record({
  text: fc.option(
    fc.string({ unit: fc.oneof(fc.constantFrom("\\", "\n", "\r", "\t", "N", "."), fc.string({ unit: "grapheme" })) }),
  ),
  count: fc.option(fc.maxSafeInteger()),
  isSet: fc.option(fc.boolean()),
  at: fc.option(fc.integer({ min: Date.UTC(-4700, 0), max: 8.64e15 })),
});

test("what is copied in is read back the same, whatever characters and times it holds", async () => {
  const property = fc.asyncProperty(
    fc.array(
      row.filter(({ text }) => !text?.includes("\0")),
      { maxLength: 20 },
    ),
    async (rows) => {
      await sql`TRUNCATE copied`.execute(db.imports);
      await db.imports.transaction().execute((tx) =>
        copyInto(
          tx,
          "copied",
          COLUMNS,
          rows.map(({ text, count, isSet, at }, index) => [
            index,
            text,
            count,
            isSet,
            at === null ? null : new CopyTime(at),
          ]),
        ),
      );
      const stored = await sql`
      SELECT "a text" AS text, count, is_set AS "isSet", (extract(epoch FROM at) * 1000)::bigint AS at
      FROM copied ORDER BY ordinal`.execute(db.imports);
      expect(stored.rows).toEqual(rows.map((one) => ({ ...one })));
    },
  );
  await fc.assert(property, { numRuns: 50 });
});

test("a row that is refused undoes the transaction, and the session lives on", async () => {
  await sql`TRUNCATE copied`.execute(db.imports);
  const rows = [
    [1, "one", 1, true, null],
    [1, "again", 1, true, null],
  ];
  const copied = db.imports.transaction().execute(async (tx) => {
    await sql`INSERT INTO copied (ordinal) VALUES (7)`.execute(tx);
    await copyInto(tx, "copied", COLUMNS, rows);
  });
  await expect(copied).rejects.toMatchObject({ code: "23505" });
  expect((await sql`SELECT count(*)::int AS count FROM copied`.execute(db.imports)).rows).toEqual([{ count: 0 }]);
});

test("a session that is lost while rows are on their way fails the copy instead of leaving it waiting", async () => {
  const rows = Array.from({ length: 50_000 }, (_, ordinal) => [ordinal, "x".repeat(100), 1, true, null]);
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
