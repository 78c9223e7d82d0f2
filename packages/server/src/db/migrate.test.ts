import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate, readMigrations } from "./migrate.ts";
import type { Database } from "./pool.ts";
import { silentLog } from "./setup-log.ts";

let dir: string;
let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "migrations-"));
  write("0001-first.sql", "CREATE TABLE first (id integer);\nINSERT INTO first VALUES (1);\n");
  write("0002-second.sql", "ALTER TABLE first ADD COLUMN name text NOT NULL DEFAULT 'x';\n");
  database = await createTestDatabase({ schema: "empty" });
  db = database.open();
});
afterEach(async () => {
  rmSync(dir, { recursive: true });
  await database.drop();
});

function write(name: string, text: string): void {
  writeFileSync(join(dir, name), text);
}

async function query(text: string): Promise<unknown[]> {
  const client = await db.connect();
  const { rows } = await client.query(text);
  await client.end();
  return rows;
}

const history = "SELECT number, name FROM schema_migration ORDER BY number";

test("runs the files in order once and records them", async () => {
  expect(await migrate(db, { dir })).toEqual({ level: 2, applied: ["first", "second"] });
  expect(await migrate(db, { dir })).toEqual({ level: 2, applied: [] });
  expect(await query("SELECT * FROM first")).toEqual([{ id: 1, name: "x" }]);
  expect(await query(history)).toEqual([
    { number: 1, name: "first" },
    { number: 2, name: "second" },
  ]);
});

test("of several starts at once each file is run by one and all see the result", async () => {
  write("0003-slow.sql", "SELECT pg_sleep(0.1); CREATE TABLE slow ();");
  const results = await Promise.all([1, 2, 3].map(() => migrate(db, { dir })));
  expect(results.map(({ level }) => level)).toEqual([3, 3, 3]);
  expect(results.flatMap(({ applied }) => applied).sort()).toEqual(["first", "second", "slow"]);
});

test("a file that fails leaves nothing of itself and keeps those before it", async () => {
  write("0003-broken.sql", "CREATE TABLE half (); SELECT no_such_function();");
  await expect(migrate(db, { dir })).rejects.toMatchObject({
    code: "migration_failed",
    message: expect.stringMatching(/^Migration 0003-broken failed and was rolled back: .*no_such_function/),
  });
  expect(await query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
  expect(await query(history)).toHaveLength(2);
  write("0003-broken.sql", "CREATE TABLE whole ();");
  expect(await migrate(db, { dir })).toEqual({ level: 3, applied: ["broken"] });
});

test("a file changed after it was applied is refused by name", async () => {
  await migrate(db, { dir });
  write("0001-first.sql", "CREATE TABLE first (id bigint);");
  await expect(migrate(db, { dir })).rejects.toMatchObject({
    code: "migration_changed",
    message: expect.stringContaining("Migration 0001-first was changed"),
  });
});

test("line ends of the checkout do not count as a change", async () => {
  await migrate(db, { dir });
  write("0001-first.sql", "CREATE TABLE first (id integer);\r\nINSERT INTO first VALUES (1);\r\n");
  expect(await migrate(db, { dir })).toEqual({ level: 2, applied: [] });
});

test("a database newer than the code is refused with both levels", async () => {
  await migrate(db, { dir });
  rmSync(join(dir, "0002-second.sql"));
  await expect(migrate(db, { dir })).rejects.toMatchObject({
    code: "newer_than_code",
    message: expect.stringMatching(/at schema level 2 \(second\) and this release knows 1/),
  });
});

test.each(["0004-gap.sql", "0002-twice.sql", "third.sql", "0003-Upper.sql"])("the file name %s is refused", (name) => {
  write(name, "SELECT 1;");
  expect(() => readMigrations(dir)).toThrow(/should be number 000\d: files are named NNNN-name\.sql, without gaps/);
});

test("tells each file it applied", async () => {
  const lines: string[] = [];
  await migrate(db, { dir, log: { ...silentLog, info: (_fields, message) => void lines.push(message) } });
  expect(lines).toEqual(["Applied migration first", "Applied migration second"]);
});
