import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import type { Scope } from "../caller.ts";
import type { Database } from "./pool.ts";
import { assetInScope, type ScopedDb, scopeTo } from "./scoped.ts";

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  await sql`CREATE TABLE thing (name text, tag_ids integer[])`.execute(db.write);
  await sql`INSERT INTO thing VALUES ('plant', '{1,2}'), ('office', '{2}'), ('bare', '{}'), ('unknown', NULL)`.execute(
    db.write,
  );
});
afterAll(() => database.drop());

async function namesIn(scope: Scope): Promise<string[]> {
  const scoped = scopeTo(db, { subscriptionId: 1, scope });
  const query = sql<{
    name: string;
  }>`SELECT name FROM thing t WHERE ${assetInScope(scoped, sql.ref("t.tag_ids"))} ORDER BY name`;
  return (await query.execute(scoped.read)).rows.map(({ name }) => name);
}

test.each<[Scope, string[]]>([
  [{ kind: "all" }, ["bare", "office", "plant", "unknown"]],
  [{ kind: "tags", tagIds: [1] }, ["plant"]],
  [{ kind: "tags", tagIds: [1, 2] }, ["office", "plant"]],
  [{ kind: "tags", tagIds: [9] }, []],
  [{ kind: "tags", tagIds: [] }, []],
])("the scope %j sees %j", async (scope, names) => {
  expect(await namesIn(scope)).toEqual(names);
});

test("a transaction keeps subscription and scope, reads its own writes and rolls back when the work throws", async () => {
  const scoped = scopeTo(db, { subscriptionId: 7, scope: { kind: "tags", tagIds: [1] } });
  const count = sql<{ count: number }>`SELECT count(*) FROM thing WHERE name = 'new'`;
  const work = scoped.transaction((outer) =>
    outer.transaction(async (inner) => {
      expect(inner).toMatchObject({ subscriptionId: 7, scope: { kind: "tags", tagIds: [1] } });
      await sql`INSERT INTO thing VALUES ('new', '{}')`.execute(inner.write);
      expect((await count.execute(inner.read)).rows).toEqual([{ count: 1 }]);
      throw new Error("changed my mind");
    }),
  );
  await expect(work).rejects.toThrow("changed my mind");
  expect((await count.execute(scoped.read)).rows).toEqual([{ count: 0 }]);
  expect(await scoped.transaction(async ({ write }) => (await count.execute(write)).rows.length)).toBe(1);
});

test("neither an unscoped database nor a look-alike passes for a scoped one", () => {
  expectTypeOf<Database>().not.toExtend<ScopedDb>();
  expectTypeOf<{ subscriptionId: number; scope: Scope } & Pick<Database, "read" | "write">>().not.toExtend<ScopedDb>();
  const scoped = scopeTo(db, { subscriptionId: 1, scope: { kind: "all" } });
  expect(() => Object.assign(scoped, { subscriptionId: 2 })).toThrow(TypeError);
});
