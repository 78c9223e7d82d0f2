import { existsSync } from "node:fs";
import { join } from "node:path";
import { applicationDatabase, applicationRole, readPassword } from "./embedded/cluster.ts";
import type { DatabaseConnection } from "./embedded/embedded-postgres.ts";
import { inspectOccupancy, readPostmasterFile } from "./embedded/occupancy.ts";
import { port } from "./embedded/socket-dir.ts";
import { assertHistoryFits, listAppliedMigrations, readMigrations } from "./migrate.ts";
import { assertServerVersion, type Database } from "./pool.ts";

/** What a database says of itself. */
export type DatabaseState = {
  /** As PostgreSQL prints it: 18.1. */
  version: string;
  /** Number of its newest migration, 0 for none, and of this release's. */
  level: number;
  releaseLevel: number;
  /** Why this release cannot work with what another made of it. */
  schemaProblem: string | undefined;
  /** Its clock now, and when its newest migration was applied: epoch ms. */
  nowMs: number;
  migratedAtMs: number | undefined;
};

/**
 * Looks at a database and changes nothing.
 *
 * @throws DatabaseSetupError when PostgreSQL is too old; what `pg` throws when it cannot be reached
 */
export async function inspectDatabase(db: Pick<Database, "connect">): Promise<DatabaseState> {
  const versionNumber = await assertServerVersion(db);
  const client = await db.connect();
  try {
    await client.query("SET default_transaction_read_only = on");
    const history = await listAppliedMigrations(client);
    const migrations = readMigrations();
    const newest = history.length === 0 ? "NULL" : "(SELECT max(applied_at) FROM schema_migration)";
    const { rows } = await client.query<{ now: Date; migrated: Date | null }>(
      `SELECT clock_timestamp() AS now, ${newest}::timestamptz AS migrated`,
    );
    return {
      version: `${Math.floor(versionNumber / 10_000)}.${versionNumber % 10_000}`,
      level: history.length,
      releaseLevel: migrations.length,
      schemaProblem: findSchemaProblem(history, migrations),
      nowMs: Number(rows[0]?.now),
      migratedAtMs: rows[0]?.migrated ? Number(rows[0].migrated) : undefined,
    };
  } finally {
    await client.end();
  }
}

function findSchemaProblem(...parts: Parameters<typeof assertHistoryFits>): string | undefined {
  try {
    assertHistoryFits(...parts);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Where the embedded database of a data directory listens; undefined while it does not run. */
export function findRunningDatabase(dataDir: string): DatabaseConnection | undefined {
  const { kind } = inspectOccupancy(dataDir);
  const file = kind === "in_use" || kind === "orphan" ? readPostmasterFile(dataDir) : undefined;
  if (!file) return undefined;
  const password = readPassword(dataDir);
  // The file has the directory as the server was told it, which may lead there from within the server only.
  const host = existsSync(join(file.socketDir, `.s.PGSQL.${port}`)) ? file.socketDir : dataDir;
  return { host, port, user: applicationRole, password, database: applicationDatabase };
}
