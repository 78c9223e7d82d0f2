import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { assertServerVersion, type Database, openDatabase } from "./pool.ts";
import { silentLog } from "./setup-log.ts";

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
});
afterAll(() => database.drop());

test("columns become numbers, dates and texts as promised", async () => {
  const { rows } =
    await sql`SELECT 9007199254740991::bigint AS big, ARRAY[1, NULL, -5]::bigint[] AS bigs, 1.50::numeric AS exact,
    '2026-03-01T10:00:00.123+02'::timestamptz AS at, '2026-03-01'::date AS day, ARRAY['2026-03-01'::date] AS days,
    '2026-03-01T10:00'::timestamp AS local, ARRAY['a,b', NULL] AS texts, '{"a": 1}'::jsonb AS json`.execute(db.read);
  expect(rows[0]).toEqual({
    big: Number.MAX_SAFE_INTEGER,
    bigs: [1, null, -5],
    exact: "1.50",
    at: new Date("2026-03-01T08:00:00.123Z"),
    day: "2026-03-01",
    days: ["2026-03-01"],
    local: "2026-03-01 10:00:00",
    texts: ["a,b", null],
    json: { a: 1 },
  });
});

test("a bigint that a number cannot hold fails the query instead of losing digits, and the session lives on", async () => {
  const one = database.open({ readPoolMax: 1 });
  await expect(sql`SELECT 9007199254740993::bigint AS big`.execute(one.read)).rejects.toThrow(
    "The bigint 9007199254740993 does not fit a number",
  );
  expect((await sql`SELECT 1 AS one`.execute(one.read)).rows).toEqual([{ one: 1 }]);
});

test("read sessions cannot write, the others can", async () => {
  const insert = sql`INSERT INTO subscription (name) VALUES ('x')`;
  await expect(insert.execute(db.read)).rejects.toThrow("cannot execute INSERT in a read-only transaction");
  await insert.execute(db.write);
  await insert.execute(db.imports);
});

test("a read beyond its timeout is cancelled by the server", async () => {
  const impatient = database.open({ readTimeoutMs: 20 });
  await expect(sql`SELECT pg_sleep(60)`.execute(impatient.read)).rejects.toThrow(
    "canceling statement due to statement timeout",
  );
});

test("each purpose has its own sessions: full writers and readers do not keep an import waiting", async () => {
  const small = database.open({ readPoolMax: 1, writePoolMax: 1, importPoolMax: 1 });
  await small.write.connection().execute((writer) =>
    small.read.connection().execute(async (reader) => {
      const pid = sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`;
      const pids = [await pid.execute(writer), await pid.execute(reader), await pid.execute(small.imports)];
      expect(new Set(pids.map(({ rows }) => rows[0]?.pid)).size).toBe(3);
    }),
  );
});

const backendPid = sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`;

async function terminate(pid: number | undefined): Promise<void> {
  await sql`SELECT pg_terminate_backend(${pid})`.execute(db.write);
}

function openWithWarnings(): { lossy: Database; warnings: string[] } {
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => void warnings.push(message) };
  return { lossy: database.open({ writePoolMax: 1, log }), warnings };
}

test("an idle session that the server ends is reported and replaced", async () => {
  const { lossy, warnings } = openWithWarnings();
  const before = (await backendPid.execute(lossy.write)).rows[0]?.pid;
  await terminate(before);
  await expect.poll(() => warnings).toContain("A database session was lost");
  expect((await backendPid.execute(lossy.write)).rows[0]?.pid).not.toBe(before);
});

test("a session that the server ends under a query fails that query only", async () => {
  const { lossy } = openWithWarnings();
  const before = (await backendPid.execute(lossy.write)).rows[0]?.pid;
  const sleeping = expect(sql`SELECT pg_sleep(60)`.execute(lossy.write)).rejects.toThrow(/terminating connection/);
  await terminate(before);
  await sleeping;
  // The dying session may be handed out once more before its socket closes.
  const pidNow = () =>
    backendPid.execute(lossy.write).then(
      ({ rows }) => rows[0]?.pid,
      () => before,
    );
  await expect.poll(pidNow).not.toBe(before);
});

test("a dedicated session that the server ends is reported and does not hinder the close", async () => {
  const { lossy, warnings } = openWithWarnings();
  const client = await lossy.connect();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const ended = new Promise((resolve) => client.once("end", resolve));
  await terminate(rows[0]?.pid);
  await ended;
  expect(warnings).toContain("A dedicated database session was lost");
  await lossy.close();
});

test("close ends every session, used or not, and may be called twice", async () => {
  const closing = openDatabase({ connection: database.connection, applicationName: "closing" });
  await sql`SELECT 1`.execute(closing.read);
  await closing.jobPool.query("SELECT 1");
  await closing.connect();
  await Promise.all([closing.close(), closing.close()]);
  await expect
    .poll(
      async () => (await sql`SELECT FROM pg_stat_activity WHERE application_name = 'closing'`.execute(db.read)).rows,
    )
    .toEqual([]);
  await expect(sql`SELECT 1`.execute(closing.write)).rejects.toThrow();
});

test("a session speaks UTC and tells the server's version", async () => {
  const { rows } = await sql`SELECT current_setting('timezone') AS zone`.execute(db.read);
  expect(rows).toEqual([{ zone: "UTC" }]);
  expect(await assertServerVersion(db)).toBeGreaterThanOrEqual(150000);
});

test("a server older than PostgreSQL 15 is refused by its version", async () => {
  // No such server is at hand: a function found before the built-in one makes this one say that it is old.
  const client = await db.connect();
  await client.query(`CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql
    AS $$ SELECT CASE $1 WHEN 'server_version_num' THEN '140011' ELSE '14.11' END $$`);
  await client.query("SET search_path = public, pg_catalog");
  await expect(assertServerVersion({ connect: async () => client })).rejects.toMatchObject({
    code: "server_too_old",
    message: "The database server is PostgreSQL 14.11: 15 or newer is needed.",
  });
});
