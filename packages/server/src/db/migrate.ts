import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { DatabaseSetupError } from "./setup-error.ts";
import { type SetupLog, silentLog } from "./setup-log.ts";

/** One numbered SQL file. `checksum` is the SHA-256 of its text with LF line ends, in hex. */
export type Migration = { number: number; name: string; checksum: string; sql: string };

export type AppliedMigration = { number: number; name: string; checksum: string };

/** `level` is the number of the newest migration in the database, 0 for none; `applied` are the names run just now. */
export type MigrationResult = { level: number; applied: string[] };

type Connector = { connect(): Promise<pg.Client> };

export const migrationsDir: string = fileURLToPath(new URL("./migrations/", import.meta.url));

// Any constant will do, as long as every release takes the same one: "brkw" in ASCII.
export const migrationLockKey = 0x62726b77;

/** Reads `NNNN-name.sql` files in order. Throws DatabaseSetupError when a number is missing or used twice. */
export function readMigrations(dir: string = migrationsDir): Migration[] {
  const names = readdirSync(dir)
    .filter((name) => name.endsWith(".sql"))
    .sort();
  return names.map((name, index) => {
    const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1]);
    if (number !== index + 1)
      throw new DatabaseSetupError(
        "migrations_invalid",
        `Migration ${name} should be number ${String(index + 1).padStart(4, "0")}: files are named NNNN-name.sql, without gaps.`,
      );
    const sql = readFileSync(new URL(name, `file://${dir.endsWith("/") ? dir : `${dir}/`}`), "utf8").replaceAll(
      "\r\n",
      "\n",
    );
    return { number, name: name.slice(5, -4), checksum: createHash("sha256").update(sql).digest("hex"), sql };
  });
}

/**
 * Brings the schema to the level of this code, one transaction per file, under an advisory lock: of several starts at
 * once one migrates and the others wait for it. Throws DatabaseSetupError when an applied file was changed or the
 * database is newer than the code; a file that fails leaves the level where it was.
 */
export async function migrate(db: Connector, options: { dir?: string; log?: SetupLog } = {}): Promise<MigrationResult> {
  const { log = silentLog } = options;
  const migrations = readMigrations(options.dir);
  const client = await db.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [migrationLockKey]);
    await client.query(createHistory);
    const history = await listAppliedMigrations(client);
    assertHistoryFits(history, migrations);
    const pending = migrations.slice(history.length);
    for (const migration of pending) {
      await applyMigration(client, migration);
      log.info({ component: "database", migration: migration.number }, `Applied migration ${migration.name}`);
    }
    return { level: migrations.length, applied: pending.map(({ name }) => name) };
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}

export const createHistory = `CREATE TABLE IF NOT EXISTS schema_migration (
  number integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;

/** What has been applied, in order; empty for a database that was never migrated. */
export async function listAppliedMigrations(client: pg.ClientBase): Promise<AppliedMigration[]> {
  const { rows } = await client.query<{ exists: boolean }>(
    "SELECT to_regclass('schema_migration') IS NOT NULL AS exists",
  );
  if (!rows[0]?.exists) return [];
  const history = await client.query<AppliedMigration>(
    "SELECT number, name, checksum FROM schema_migration ORDER BY number",
  );
  return history.rows;
}

export function assertHistoryFits(history: AppliedMigration[], migrations: Migration[]): void {
  const newest = history.at(-1);
  if (newest && newest.number > migrations.length)
    throw new DatabaseSetupError(
      "newer_than_code",
      `The database is at schema level ${newest.number} (${newest.name}) and this release knows ${migrations.length}: start the release that migrated it, or a newer one.`,
    );
  for (const [index, applied] of history.entries()) {
    const known = migrations[index];
    if (known?.number === applied.number && known.checksum === applied.checksum) continue;
    throw new DatabaseSetupError(
      "migration_changed",
      `Migration ${String(applied.number).padStart(4, "0")}-${applied.name} was changed after the database had applied it: restore the file, and put the change into a new migration.`,
    );
  }
}

/** Runs one file and records it, in one transaction of its own. */
async function applyMigration(client: pg.ClientBase, migration: Migration): Promise<void> {
  await client.query("BEGIN");
  try {
    await runMigration(client, migration);
    await client.query("COMMIT");
  } catch (cause) {
    await client.query("ROLLBACK");
    throw cause;
  }
}

/** Runs one file and records it, within the caller's transaction. */
export async function runMigration(client: pg.ClientBase, migration: Migration): Promise<void> {
  const { number, name, checksum, sql } = migration;
  try {
    await client.query(sql);
    await client.query("INSERT INTO schema_migration (number, name, checksum) VALUES ($1, $2, $3)", [
      number,
      name,
      checksum,
    ]);
  } catch (cause) {
    throw new DatabaseSetupError(
      "migration_failed",
      `Migration ${String(number).padStart(4, "0")}-${name} failed and was rolled back: ${(cause as Error).message}`,
      { cause },
    );
  }
}
