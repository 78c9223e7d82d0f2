import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { type ControlledTransaction, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ListCache, listKey, listVersion, readThrough } from "./list-cache.ts";
import type { Database } from "./pool.ts";

const WRITERS = 3;

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  await sql`INSERT INTO subscription (name) VALUES ('lists')`.execute(db.write);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

async function readVersion(): Promise<string> {
  const { rows } = await sql<{ version: string }>`SELECT ${listVersion} AS version`.execute(db.read);
  return rows[0]!.version;
}

type Step = { writer: number; does: "tag" | "other" | "savepoint" | "commit" | "rollback" };
const step: fc.Arbitrary<Step> = fc.record({
  writer: fc.nat({ max: WRITERS - 1 }),
  does: fc.constantFrom("tag", "other", "savepoint", "commit", "rollback"),
});

async function addTag(trx: ControlledTransaction<unknown>): Promise<void> {
  await sql`INSERT INTO tag (subscription_id, name) SELECT id, gen_random_uuid()::text FROM subscription`.execute(trx);
}

test("the version is another one exactly when something was committed that lists show, with several writers at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const open = new Map<number, { trx: ControlledTransaction<unknown>; hasChanged: boolean }>();
      let version = await readVersion();
      for (const { writer, does } of steps) {
        const own = open.get(writer) ?? { trx: await db.write.startTransaction().execute(), hasChanged: false };
        open.set(writer, own);
        if (does === "tag") {
          await addTag(own.trx);
          own.hasChanged = true;
        }
        // A commit of something else.
        if (does === "other") await sql`SELECT pg_current_xact_id()`.execute(own.trx);
        if (does === "savepoint") {
          await sql`SAVEPOINT tried`.execute(own.trx);
          await addTag(own.trx);
          await sql`ROLLBACK TO tried`.execute(own.trx);
        }
        if (does === "commit") await own.trx.commit().execute();
        if (does === "rollback") await own.trx.rollback().execute();
        if (does === "commit" || does === "rollback") open.delete(writer);
        const next = await readVersion();
        if (does === "commit" && own.hasChanged) expect(next).not.toBe(version);
        else expect(next).toBe(version);
        version = next;
      }
      for (const { trx } of open.values()) await trx.rollback().execute();
    }),
    { numRuns: 40 },
  );
  // Each transaction takes up the rows of those before it.
  const { rows } = await sql<{ rows: number }>`SELECT count(*) AS rows FROM list_change`.execute(db.read);
  expect(rows[0]!.rows).toBeLessThanOrEqual(WRITERS);
});

test("who asks while the version is being read for others is told what was committed by then", async () => {
  let hold = Promise.resolve();
  let onAnswer = () => {};
  // Answers of the database that stay on their way.
  const slow = db.read.withPlugin({
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      onAnswer();
      await hold;
      return result;
    },
  });
  const countTags = async () => {
    const select = sql<{
      count: number;
      version: string;
    }>`SELECT count(*) AS count, ${listVersion} AS version FROM tag`;
    const { count, version } = (await select.execute(slow)).rows[0]!;
    return { value: count, version };
  };
  const ask = () => readThrough(slow, "tags", countTags);
  const before = await ask();
  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  hold = promise;
  const answered = new Promise<void>((resolve) => {
    onAnswer = resolve;
  });
  const first = ask();
  await answered;
  const trx = await db.write.startTransaction().execute();
  await addTag(trx);
  await trx.commit().execute();
  const later = [ask(), ask()];
  goOn();
  expect(await Promise.all([first, ...later])).toEqual([before, before + 1, before + 1]);
});

test("every table that a list reads tells of its changes", async () => {
  const { rows } = await sql<{ name: string; tells: boolean }>`
    SELECT c.relname AS name, EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'list_change'
      AND t.tgtype = (4 | 8 | 16 | 32)) AS tells
    FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`.execute(db.read);
  const silent = rows.filter(({ tells }) => !tells).map(({ name }) => name);
  const shown = [
    "asset",
    "asset_source",
    "check_definition",
    "connection",
    "cve_knowledge",
    "finding",
    "finding_source",
  ];
  const shownByOt = ["ot_advisory", "ot_detection", "ot_detection_text", "ot_host"];
  const shownByFiles = ["ot_project_file", "ot_project_file_asset"];
  for (const name of [...shown, ...shownByOt, ...shownByFiles, "knowledge_feed", "risk_acceptance", "tag"])
    expect(silent).not.toContain(name);
});

test("no table keeps a publication of all tables from taking its changes", async () => {
  const { rows } = await sql`SELECT c.relname AS name FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relreplident <> 'f'
      AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)`.execute(db.read);
  expect(rows).toEqual([]);
});

test("a cache that is full forgets the oldest, and never gives what is of another version", () => {
  const cache = new ListCache();
  const piece = "x".repeat(3 * 2 ** 20);
  cache.put("a", "1", "first");
  expect([cache.find("a", "1"), cache.find("a", "2")]).toEqual(["first", undefined]);
  const keys = ["b", "c", "d", "e", "f", "g"];
  for (const key of keys) cache.put(key, "1", piece);
  expect(["a", ...keys].filter((key) => cache.find(key, "1") === undefined)).toEqual(["a", "b"]);
  cache.put("huge", "1", [piece, piece]);
  expect(["huge", ...keys].filter((key) => cache.find(key, "1") === undefined)).toEqual(["huge", "b"]);
});

test("what was put at the version before is let go when there is another one", () => {
  const cache = new ListCache();
  cache.turnTo("1");
  cache.put("a", "1", "of a list");
  cache.put("b", "minute 7", "of a minute");
  cache.turnTo("2");
  expect([cache.find("a", "1"), cache.find("b", "minute 7")]).toEqual([undefined, "of a minute"]);
});

test("what was put at a version that nobody turned to is let go with the next", () => {
  const cache = new ListCache();
  cache.turnTo("17.5 1");
  cache.put("a", "17.5 2", "of a list");
  cache.put("b", "17.5 4", "of a later one");
  cache.turnTo("17.5 3");
  expect([cache.find("a", "17.5 2"), cache.find("b", "17.5 4")]).toEqual([undefined, "of a later one"]);
});

test("who is late by a version does not push out what belongs to the newer one", () => {
  const cache = new ListCache();
  cache.turnTo("17.5 10");
  cache.put("a", "17.5 10", "of a list");
  cache.turnTo("17.5 9");
  expect(cache.find("a", "17.5 10")).toBe("of a list");
  cache.turnTo("18.5 1");
  expect(cache.find("a", "17.5 10")).toBeUndefined();
});

test("what is asked for stays longer than what is not, and growing counts", () => {
  const cache = new ListCache();
  const large = "x".repeat(3.5 * 2 ** 20);
  const keys = ["a", "b", "c", "d", "e"];
  for (const key of keys.slice(0, 4)) cache.put(key, "1", large);
  cache.find("a", "1");
  cache.put("e", "1", large);
  cache.grow("e", 3.5 * 2 ** 20);
  expect(keys.filter((key) => cache.find(key, "1") === undefined)).toEqual(["b", "c"]);
});

test("a question that depends on the moment of asking has no key", () => {
  const keyOf = (time: unknown) => listKey(db.read, sql`SELECT ${time}::timestamptz`);
  for (const ms of [0, 7]) {
    const at = new Date(Date.UTC(2026, 5, 1, 7, 8, 9, ms));
    for (const time of [at, at.toISOString()]) expect(keyOf(time)).toEqual(ms === 0 ? expect.any(String) : null);
  }
});
