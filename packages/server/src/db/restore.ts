import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { type BackupSummary, listTables } from "./backup.ts";
import {
  type BackupHeader,
  type BackupTable,
  damaged,
  decodeFrames,
  type Frame,
  invalid,
  parseHeader,
  parseJson,
} from "./backup-format.ts";
import {
  assertHistoryFits,
  createHistory,
  listAppliedMigrations,
  type Migration,
  migrate,
  migrationLockKey,
  readMigrations,
  runMigration,
} from "./migrate.ts";
import { DatabaseSetupError } from "./setup-error.ts";
import type { SetupLog } from "./setup-log.ts";

/**
 * Restores a backup into a database that holds no rows: one without tables, which gets the schema of the backup's level,
 * or one migrated to exactly that level. All in one transaction, so a backup that is cut or changed leaves nothing
 * behind; afterwards the migrations that came later are run. Throws DatabaseSetupError.
 */
export async function restoreDatabase(
  db: { connect(): Promise<pg.Client> },
  input: Readable,
  options: { dir?: string; log?: SetupLog } = {},
): Promise<BackupSummary> {
  const migrations = readMigrations(options.dir);
  const client = await db.connect();
  try {
    await client.query("SET statement_timeout = 0");
    await client.query("BEGIN");
    await client.query("SELECT pg_advisory_xact_lock($1)", [migrationLockKey]);
    const summary = await loadBackup(client, input, migrations);
    await client.query("COMMIT");
    await client.query("ANALYZE");
    await migrate(db, options);
    return summary;
  } finally {
    input.destroy();
    // Without the COMMIT the server rolls everything back.
    await client.end();
  }
}

async function loadBackup(client: pg.Client, input: Readable, migrations: Migration[]): Promise<BackupSummary> {
  const frames = openFrames(input);
  try {
    const header = parseHeader((await frames.next()).value);
    await prepareTarget(client, header, migrations);
    return await loadAll(client, header, frames);
  } catch (error) {
    // A changed byte may show first as rows that PostgreSQL refuses: only the checksum, at the end, tells why.
    if (error instanceof DatabaseSetupError && error.code === "backup_invalid") await readToEnd(frames);
    throw error;
  }
}

async function readToEnd(frames: AsyncGenerator<Frame>): Promise<void> {
  while (!(await frames.next()).done);
}

async function* openFrames(input: Readable): AsyncGenerator<Frame> {
  const zstd = createZstdDecompress();
  const pumping = pipeline(input, zstd).catch(() => undefined);
  try {
    yield* decodeFrames(zstd);
  } catch (error) {
    if (error instanceof DatabaseSetupError) throw error;
    throw damaged((error as Error).message, error);
  } finally {
    zstd.destroy();
    await pumping;
  }
}

async function prepareTarget(client: pg.Client, header: BackupHeader, migrations: Migration[]): Promise<void> {
  assertHistoryFits(header.migrations, migrations);
  const tables = await listTables(client);
  for (const { name } of tables) {
    // Migrations that change what lists show count there (0010), and nobody's rows are in it.
    if (name === "public.list_change") continue;
    const { rows } = await client.query(`SELECT FROM ${name} LIMIT 1`);
    if (rows.length > 0)
      throw new DatabaseSetupError(
        "not_empty",
        `The database already holds rows (in ${name}): restore into a new one.`,
      );
  }
  const applied = await listAppliedMigrations(client);
  if (applied.length === 0 && tables.length === 0) {
    await client.query(createHistory);
    for (const migration of migrations.slice(0, header.level)) await runMigration(client, migration);
  } else if (applied.length !== header.level) {
    throw new DatabaseSetupError(
      "not_empty",
      `The database is at schema level ${applied.length} and the backup at ${header.level}: restore into a new database, which needs no tables.`,
    );
  }
}

async function loadAll(client: pg.Client, header: BackupHeader, frames: AsyncGenerator<Frame>): Promise<BackupSummary> {
  const expected = JSON.stringify(await listTables(client));
  if (JSON.stringify(header.tables) !== expected) throw invalid("its tables are not those of its schema level");
  const foreignKeys = await dropForeignKeys(client);
  const always = await listAlwaysTriggers(client);
  for (const { name } of header.tables) await client.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
  // Rows that the migrations themselves inserted come back with the backup, as they were changed since.
  if (header.tables.length > 0) await client.query(`TRUNCATE ${header.tables.map(({ name }) => name).join(", ")}`);
  const summary: BackupSummary = { level: header.level, tables: header.tables.length, rows: 0 };
  for (const [index, table] of header.tables.entries()) summary.rows += await loadTable(client, table, index, frames);
  // Runs into the checksum: nothing is committed before the last byte was seen.
  if (!(await frames.next()).done) throw invalid("it holds more tables than its header tells");
  for (const { name } of header.tables) await client.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
  for (const { table, trigger } of always) await client.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`);
  for (const { table, constraint, definition } of foreignKeys)
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${constraint} ${definition}`);
  for (const { name, nextValue } of header.sequences) {
    if (!/^-?\d+$/.test(nextValue)) throw invalid(`the value of sequence ${name} is no number`);
    // Unlike setval this is part of the transaction.
    await client.query(`ALTER SEQUENCE ${await quoteSequence(client, name)} RESTART WITH ${nextValue}`);
  }
  return summary;
}

async function quoteSequence(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ name: string | null }>("SELECT to_regclass($1)::text AS name", [name]);
  if (!rows[0]?.name) throw invalid(`the sequence ${name} is not of its schema level`);
  return rows[0].name;
}

// Enabling the triggers of a table again makes ordinary ones of those that fire whatever the session's role is.
async function listAlwaysTriggers(client: pg.Client): Promise<{ table: string; trigger: string }[]> {
  const { rows } = await client.query<{ table: string; trigger: string }>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS table, quote_ident(t.tgname) AS trigger
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE t.tgenabled = 'A' AND NOT t.tgisinternal AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'graphile_worker'`);
  return rows;
}

type ForeignKey = { table: string; constraint: string; definition: string };

// Tables refer to each other and to themselves, so no order of loading satisfies the keys row by row; switching them
// off by session_replication_role would need a superuser.
async function dropForeignKeys(client: pg.Client): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(`
    SELECT format('%I.%I', n.nspname, c.relname) AS table, quote_ident(o.conname) AS constraint, pg_get_constraintdef(o.oid) AS definition
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE o.contype = 'f' AND o.conparentid = 0 AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'graphile_worker'
    ORDER BY 1, 2`);
  for (const { table, constraint } of rows) await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${constraint}`);
  return rows;
}

async function loadTable(
  client: pg.Client,
  table: BackupTable,
  index: number,
  frames: AsyncGenerator<Frame>,
): Promise<number> {
  const opening = (await frames.next()).value as Frame | undefined;
  if (opening?.type !== "T" || (parseJson(opening) as { index?: number }).index !== index)
    throw invalid(`the rows of ${table.name} are not where they should be`);
  let closing: Frame | undefined;
  const rows = async function* () {
    for (;;) {
      const { value: frame } = (await frames.next()) as IteratorResult<Frame, undefined>;
      if (frame?.type !== "D") {
        closing = frame;
        return;
      }
      yield frame.payload;
    }
  };
  const copy = client.query(copyFrom(`COPY ${table.name} (${table.columns.join(", ")}) FROM STDIN`));
  try {
    await pipeline(Readable.from(rows()), copy);
  } catch (error) {
    if (error instanceof DatabaseSetupError) throw error;
    throw invalid(`PostgreSQL refuses the rows of ${table.name} (${(error as Error).message})`, error);
  }
  if (closing?.type !== "E" || (parseJson(closing) as { rows?: number }).rows !== copy.rowCount)
    throw invalid(`the number of rows of ${table.name} does not fit`);
  return copy.rowCount;
}
