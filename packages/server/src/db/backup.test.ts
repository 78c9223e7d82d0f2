import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backupDatabase } from "./backup.ts";
import { migrate } from "./migrate.ts";
import type { Database } from "./pool.ts";
import { restoreDatabase } from "./restore.ts";

let dir: string;
let source: Database;
let file: Buffer;
const databases: TestDatabase[] = [];

const schema = `
CREATE TABLE region (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO region VALUES (1, 'seeded by the migration');
CREATE TABLE node (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_id bigint REFERENCES node,
  region_id integer REFERENCES region ON DELETE CASCADE,
  "Odd name" text, bytes bytea, at timestamptz, tags integer[], detail jsonb,
  doubled bigint GENERATED ALWAYS AS (region_id * 2) STORED);
CREATE SEQUENCE ticket INCREMENT 10;
CREATE TABLE log (entry text, day date) PARTITION BY RANGE (day);
CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE empty_one (id integer);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
CREATE TRIGGER node_refuse BEFORE INSERT ON node FOR EACH ROW WHEN (NEW."Odd name" = 'refused') EXECUTE FUNCTION refuse();
CREATE TRIGGER node_keep BEFORE TRUNCATE ON node EXECUTE FUNCTION refuse();
`;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "backup-"));
  writeFileSync(join(dir, "0001-first.sql"), schema);
  source = (await createDatabase()).open();
  await migrate(source, { dir });
  await run(
    source,
    `
    UPDATE region SET name = 'renamed';
    INSERT INTO node (region_id, "Odd name", bytes, at, tags, detail)
      SELECT 1, E'tab\\t newline\\n back\\\\slash \\u2028 ' || n, decode(md5(n::text), 'hex'), '2026-01-01'::timestamptz + n * interval '1 microsecond',
        ARRAY[n, NULL], jsonb_build_object('n', n) FROM generate_series(1, 20000) n;
    UPDATE node SET parent_id = 20001 - id;
    INSERT INTO log VALUES ('hello', '2026-05-05'), (NULL, '2026-06-06');
    ALTER TABLE node DISABLE TRIGGER node_refuse; INSERT INTO node ("Odd name") VALUES ('refused'); ALTER TABLE node ENABLE TRIGGER node_refuse;
    SELECT nextval('ticket'); SELECT nextval('ticket');`,
  );
  file = await backup(source);
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await Promise.all(databases.map((database) => database.drop()));
});

async function createDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ schema: "empty" });
  databases.push(database);
  return database;
}

async function run(db: Database, text: string): Promise<unknown[]> {
  const client = await db.connect();
  try {
    const { rows } = await client.query(text);
    return rows;
  } finally {
    await client.end();
  }
}

async function backup(db: Database): Promise<Buffer> {
  const out = new PassThrough();
  const [bytes] = await Promise.all([buffer(out), backupDatabase(db, out)]);
  return bytes;
}

const digests = ["region", "node", "log", "empty_one"]
  .map(
    (table) =>
      `SELECT '${table}' AS name, count(*), md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM ${table} t`,
  )
  .join(" UNION ALL ");

describe("a round trip", () => {
  test("into a database without tables brings back every row, key, trigger and sequence", async () => {
    const target = (await createDatabase()).open();
    const summary = await restoreDatabase(target, Readable.from(inPieces(file, 1000)), { dir });
    expect(summary).toEqual({ level: 1, tables: 4, rows: 20_004 });
    expect(await run(target, digests)).toEqual(await run(source, digests));
    expect(await run(target, "SELECT nextval('ticket') AS ticket")).toEqual([{ ticket: 21 }]);
    expect(await run(target, "INSERT INTO node (region_id) VALUES (1) RETURNING id, doubled")).toEqual([
      { id: 20_002, doubled: 2 },
    ]);
    await expect(run(target, "INSERT INTO node (region_id) VALUES (99)")).rejects.toThrow("node_region_id_fkey");
    await expect(run(target, `INSERT INTO node ("Odd name") VALUES ('refused')`)).rejects.toThrow("append-only");
  });

  test("goes on to the migrations that are newer than the backup", async () => {
    const newer = mkdtempSync(join(tmpdir(), "backup-"));
    writeFileSync(join(newer, "0001-first.sql"), schema);
    writeFileSync(
      join(newer, "0002-second.sql"),
      "ALTER TABLE log ADD COLUMN length integer; UPDATE log SET length = length(entry);",
    );
    const target = (await createDatabase()).open();
    await restoreDatabase(target, Readable.from(file), { dir: newer });
    rmSync(newer, { recursive: true });
    expect(await run(target, "SELECT length FROM log ORDER BY day")).toEqual([{ length: 5 }, { length: null }]);
  });

  test("works on the product's own schema, append-only tables included", async () => {
    const product = await createTestDatabase();
    databases.push(product);
    const db = product.open();
    await run(
      db,
      `INSERT INTO subscription (name) VALUES ('plant');
      INSERT INTO audit_event (subscription_id, actor, action, result) SELECT id, 'someone', 'user.create', 'success' FROM subscription`,
    );
    const target = (await createDatabase()).open();
    await restoreDatabase(target, Readable.from(await backup(db)));
    const rows = "SELECT s.name, e.* FROM subscription s JOIN audit_event e ON e.subscription_id = s.id";
    expect(await run(target, rows)).toEqual(await run(db, rows));
    await expect(run(target, "DELETE FROM audit_event")).rejects.toThrow("append-only");
    const always = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A' ORDER BY tgname";
    expect((await run(target, always)).length).toBeGreaterThan(0);
    expect(await run(target, always)).toEqual(await run(db, always));
  });

  test("goes into the product's own schema as migrated, in which only the number of changes stands", async () => {
    const migrated = (await createDatabase()).open();
    await migrate(migrated);
    expect(await run(migrated, "SELECT changes FROM list_change")).toHaveLength(1);
    await restoreDatabase(migrated, Readable.from(await backup(migrated)));
  });

  test("sees one moment, whatever is written meanwhile", async () => {
    const db = (await createDatabase()).open();
    await migrate(db, { dir });
    await run(db, "INSERT INTO log SELECT repeat('x', 1000), '2026-01-01' FROM generate_series(1, 20000)");
    const out = new PassThrough({ highWaterMark: 1 });
    const done = backupDatabase(db, out);
    await new Promise((resolve) => out.once("readable", resolve));
    await run(db, "INSERT INTO region VALUES (2, 'too late')");
    const [bytes] = await Promise.all([buffer(out), done]);
    const target = (await createDatabase()).open();
    await restoreDatabase(target, Readable.from(bytes), { dir });
    expect(await run(target, "SELECT count(*) FROM region")).toEqual([{ count: 1 }]);
  });
});

function* inPieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function expectRefusal(bytes: Buffer, code: string, reason: RegExp): Promise<void> {
  const target = (await createDatabase()).open();
  const restoring = restoreDatabase(target, Readable.from(inPieces(bytes, 65_536)), { dir });
  await expect(restoring).rejects.toMatchObject({ code, message: expect.stringMatching(reason) });
  expect(await run(target, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([]);
}

describe("a restore is refused, and leaves nothing behind,", () => {
  test("when the database holds rows", async () => {
    const target = (await createDatabase()).open();
    await migrate(target, { dir });
    await expect(restoreDatabase(target, Readable.from(file), { dir })).rejects.toMatchObject({
      code: "not_empty",
      message: "The database already holds rows (in public.region): restore into a new one.",
    });
    await run(target, "DELETE FROM region");
    expect(await restoreDatabase(target, Readable.from(file), { dir })).toMatchObject({ rows: 20_004 });
  });

  test("when the backup is of a newer release", async () => {
    const older = mkdtempSync(join(tmpdir(), "backup-"));
    const target = (await createDatabase()).open();
    await expect(restoreDatabase(target, Readable.from(file), { dir: older })).rejects.toMatchObject({
      code: "newer_than_code",
    });
    rmSync(older, { recursive: true });
  });

  test.each([0, 10, 5000, -400, -40])("when the file is cut at byte %i", async (at) => {
    await expectRefusal(file.subarray(0, at < 0 ? file.length + at : at), "backup_invalid", /cut|too early/);
  });

  test("when a byte of the file was changed", async () => {
    const changed = Buffer.from(file);
    changed[Math.floor(file.length / 2)] = (changed[Math.floor(file.length / 2)] ?? 0) ^ 0x40;
    await expectRefusal(changed, "backup_invalid", /cut or damaged|checksum/);
  });

  test.each([
    ["a row was changed", "hello", "H"],
    ["a row was changed into one that PostgreSQL refuses", "hello\t", "hello "],
    ["a row was changed into one that ends the table", "hello\t", "\n\\.\n"],
    ["what opens a table was changed", '{"index":1}', '{"index":2}'],
  ])("when %s and the file packed again", async (_what, before, after) => {
    const plain = zstdDecompressSync(file);
    plain.write(after, plain.lastIndexOf(before), "latin1");
    await expectRefusal(zstdCompressSync(plain), "backup_invalid", /its checksum does not fit/);
  });

  test.each([
    ["type", 0, "unknown type"],
    ["length", 1, "of 2130706443 bytes"],
  ])("when a frame's %s was changed and the file packed again", async (_what, at, reason) => {
    const plain = zstdDecompressSync(file);
    plain[plain.lastIndexOf('{"index":1}') - 5 + at] = 0x7f;
    await expectRefusal(zstdCompressSync(plain), "backup_invalid", new RegExp(`cut or damaged .*${reason}`));
  });

  test("when the file is something else", async () => {
    await expectRefusal(Buffer.from("PK\u0003\u0004 not a backup"), "backup_invalid", /cut or damaged/);
    await expectRefusal(
      zstdCompressSync(Buffer.alloc(100_000, "a")),
      "backup_invalid",
      /does not begin as a Breakwater backup/,
    );
  });

  test("when bytes follow the end", async () => {
    const plain = Buffer.concat([zstdDecompressSync(file), Buffer.from("more")]);
    await expectRefusal(
      zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
      "backup_invalid",
      /bytes follow its end/,
    );
  });
});
