import type { TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "./index.ts";
import { openMigrated } from "./migrated-database.fixture.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  ({ database, db } = await openMigrated("0023", async (former) => {
    db = former;
    await sql`INSERT INTO knowledge_feed (kind, source, loaded_at, records, changed, is_complete)
      VALUES ('kev', 'CISA KEV', '2026-01-01Z', 1, 1, true), ('epss', 'FIRST EPSS', '2026-01-02Z', 1, 1, false)`.execute(
      db.write,
    );
  }));
});
afterAll(() => database?.drop());

test("a feed that is loaded as a whole was, and of a part nobody knows", async () => {
  const { rows } =
    await sql`SELECT kind, whole_at = '2026-01-01Z' AS "isWhole" FROM knowledge_feed ORDER BY kind`.execute(db.read);
  expect(rows).toEqual([
    { kind: "epss", isWhole: null },
    { kind: "kev", isWhole: true },
  ]);
});
