import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "@breakwater/server";
import type { Database } from "@breakwater/server/db/index";
import { CommandFailure } from "./failure.ts";

/**
 * Opens the database of an installation whose server does not run, or that has its own PostgreSQL, for the time of
 * `use`.
 *
 * @param options.mayBeNew make the embedded database when there is none
 */
export async function withDatabase<T>(
  config: Config,
  options: { mayBeNew: boolean },
  use: (db: Database) => Promise<T>,
): Promise<T> {
  const { openDatabase, assertServerVersion, startEmbeddedPostgres } = await import("@breakwater/server/db/index");
  const { createLogger } = await import("@breakwater/server");
  const log = createLogger(config.logLevel);
  const dataDir = join(config.dataDir, "postgres");
  if (config.databaseUrl === undefined && !options.mayBeNew && !existsSync(dataDir)) {
    throw new CommandFailure(`${config.dataDir} holds no installation: name its directory with --data-dir`);
  }
  const { databaseUrl, postgresBinDir } = config;
  const embedded = databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ dataDir, log, ...(postgresBinDir ? { postgresBinDir } : {}) });
  try {
    const db = openDatabase({ connection: databaseUrl ?? embedded?.connection ?? "", log });
    try {
      await assertServerVersion(db);
      return await use(db);
    } finally {
      await db.close();
    }
  } finally {
    await embedded?.stop();
  }
}
