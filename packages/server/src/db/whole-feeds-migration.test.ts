import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "./index.ts";
import { migrate, migrationsDir } from "./migrate.ts";

let database: TestDatabase;
let db: Database;
let before: string;

beforeAll(async () => {
  database = await createTestDatabase({ schema: "empty" });
  db = database.open();
  before = mkdtempSync(join(tmpdir(), "breakwater-migrations-"));
  for (const name of readdirSync(migrationsDir).filter((one) => one.localeCompare("0023") < 0))
    copyFileSync(join(migrationsDir, name), join(before, name));
  await migrate(db, { dir: before });
  await sql`INSERT INTO knowledge_feed (kind, source, loaded_at, records, changed, is_complete)
    VALUES ('kev', 'CISA KEV', '2026-01-01Z', 1, 1, true), ('epss', 'FIRST EPSS', '2026-01-02Z', 1, 1, false)`.execute(
    db.write,
  );
  await migrate(db);
});
afterAll(async () => {
  rmSync(before, { recursive: true });
  await database.drop();
});

test("a feed that is loaded as a whole was, and of a part nobody knows", async () => {
  const { rows } =
    await sql`SELECT kind, whole_at = '2026-01-01Z' AS "isWhole" FROM knowledge_feed ORDER BY kind`.execute(db.read);
  expect(rows).toEqual([
    { kind: "epss", isWhole: null },
    { kind: "kev", isWhole: true },
  ]);
});
