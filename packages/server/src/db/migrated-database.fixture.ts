import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import type { Database } from "./index.ts";
import { migrate, migrationsDir } from "./migrate.ts";

/**
 * A database as a former release left it, filled and then brought up to date.
 *
 * @param first number of the first migration that it did not have, e.g. `0015`
 */
export async function openMigrated(
  first: string,
  fill: (db: Database) => Promise<unknown>,
): Promise<{ database: TestDatabase; db: Database }> {
  const database = await createTestDatabase({ schema: "empty" });
  const former = mkdtempSync(join(tmpdir(), "breakwater-migrations-"));
  try {
    const db = database.open();
    for (const name of readdirSync(migrationsDir))
      if (name < first) copyFileSync(join(migrationsDir, name), join(former, name));
    await migrate(db, { dir: former });
    await fill(db);
    await migrate(db);
    return { database, db };
  } catch (error) {
    await database.drop();
    throw error;
  } finally {
    rmSync(former, { recursive: true });
  }
}
