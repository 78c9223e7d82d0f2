import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, migrate, openDatabase, startEmbeddedPostgres } from "@breakwater/server/db/index";
import { sql } from "kysely";
import { type SeededFindings, seedFindings } from "./seed-findings.ts";

export type SeededDatabase = {
  db: Database;
  /** URL-like parts for another pool or process. */
  dataDir: string;
  seeded: SeededFindings;
  seedSec: number;
  close(): Promise<void>;
};

/**
 * The embedded PostgreSQL as the product runs it, durable, in a temporary directory, with findings in it.
 *
 * @param prepare runs after the migrations and answers the subscription to fill
 */
export async function openSeededDatabase(
  options: { findings: number },
  prepare: (db: Database) => Promise<number> = addSubscription,
): Promise<SeededDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), "breakwater-bench-"));
  const log = { debug() {}, info() {}, warn: print, error: print };
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, "postgres"), log });
  const db = openDatabase({ connection: postgres.connection, log });
  const close = async () => {
    await db.close();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await migrate(db);
    const subscriptionId = await prepare(db);
    const startMs = performance.now();
    const seeded = await seedFindings(db, { findings: options.findings, subscriptionId });
    return { db, dataDir, seeded, seedSec: (performance.now() - startMs) / 1000, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function addSubscription(db: Database): Promise<number> {
  const { rows } = await sql<{ id: number }>`INSERT INTO subscription (name) VALUES ('bench') RETURNING id`.execute(
    db.write,
  );
  return rows[0]!.id;
}

function print(fields: object, message: string): void {
  console.error(message, fields);
}
