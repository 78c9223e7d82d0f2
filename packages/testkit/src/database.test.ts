import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import { afterAll, expect, test } from "vitest";
import { createTestDatabase, startTestServer, type TestDatabase } from "./database.ts";

const databases: TestDatabase[] = [];
const create = async (options?: Parameters<typeof createTestDatabase>[0]) => {
  const database = await createTestDatabase(options);
  databases.push(database);
  return database;
};
afterAll(() => Promise.all(databases.map((database) => database.drop())));

test("a test database has the migrated schema and none of another's rows", async () => {
  const [first, second] = await Promise.all([create(), create()]);
  const one = first.open();
  const two = second.open();
  await sql`INSERT INTO subscription (name) VALUES ('only in the first')`.execute(one.write);
  const count = sql<{ count: number }>`SELECT count(*) FROM subscription`;
  expect((await count.execute(one.read)).rows).toEqual([{ count: 1 }]);
  expect((await count.execute(two.read)).rows).toEqual([{ count: 0 }]);
});

test("an empty test database has no tables", async () => {
  const db = (await create({ schema: "empty" })).open();
  const tables = await sql`SELECT FROM pg_tables WHERE schemaname = 'public'`.execute(db.read);
  expect(tables.rows).toEqual([]);
});

test("the URL leads to the same database", async () => {
  const database = await create();
  const { openDatabase } = await import("@breakwater/server/db/index");
  const db = openDatabase({ connection: database.url });
  const { rows } = await sql`SELECT current_database() AS name`.execute(db.read);
  await db.close();
  expect(rows).toEqual([{ name: database.name }]);
});

test("drop removes the database although sessions are open on it", async () => {
  const database = await createTestDatabase();
  const other = await create();
  const db = database.open();
  await db.connect();
  await database.drop();
  const { rows } = await sql`SELECT FROM pg_database WHERE datname = ${database.name}`.execute(other.open().read);
  expect(rows).toEqual([]);
});

const program = `
import { startTestServer } from ${JSON.stringify(new URL("./database.ts", import.meta.url).href)};
const { address } = await startTestServer();
console.log(address.connection.host);
process.stdin.once("data", () => process.exit());`;

/** Starts a test server in a process of its own; resolves with the directory of its socket. */
async function startElsewhere() {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [dir] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, exited, dir };
}

test("a run that exits without a tear-down leaves no server and no files", async () => {
  const { child, exited, dir } = await startElsewhere();
  expect(existsSync(dir)).toBe(true);
  child.stdin.write("exit");
  await exited;
  expect(existsSync(dirname(dir))).toBe(false);
});

test("what a run ended by kill -9 leaves behind is removed by the next run", async () => {
  const { child, exited, dir } = await startElsewhere();
  child.kill("SIGKILL");
  await exited;
  while (existsSync(`${dir}/postmaster.pid`)) await delay(20);
  expect(existsSync(dir)).toBe(true);
  const next = await startTestServer();
  await next.stop();
  expect(existsSync(dirname(dir))).toBe(false);
});
