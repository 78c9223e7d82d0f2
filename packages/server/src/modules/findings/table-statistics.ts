import { sql } from "kysely";
import type { SqlHandle } from "../../db/pool.ts";

/** Fewer new findings than this do not change how queries are planned. */
const MIN_NEW_FINDINGS = 1_000;

/**
 * Tells the planner about tables that an import has filled, instead of waiting for autovacuum's next minute: until then it
 * takes them for empty, and reads them whole where it should look up keys.
 */
export async function refreshStatistics(db: SqlHandle, findingsNew: number): Promise<void> {
  if (findingsNew < MIN_NEW_FINDINGS) return;
  await sql`ANALYZE finding, finding_source, asset, asset_source, asset_identifier, check_definition`.execute(db);
}
