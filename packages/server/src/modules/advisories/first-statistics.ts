import { sql, type Transaction } from "kysely";

/** Fewer are found by any plan. */
const MIN_ADDED = 1_000;

/**
 * Tells the planner about tables that the first matching fills. Until autovacuum comes by, it takes them for empty, and every
 * check of a foreign key reads them whole: the second thousand hosts would take longer than the first.
 */
export async function tellFirstStatistics(tx: Transaction<unknown>, added: number): Promise<void> {
  if (added < MIN_ADDED) return;
  const { rows } = await sql`
    SELECT FROM pg_class WHERE oid = 'ot_detection'::regclass AND reltuples < 1`.execute(tx);
  if (rows.length === 0) return;
  await sql`ANALYZE ot_detection, ot_detection_event, ot_advisory, ot_advisory_product, finding, finding_source, check_definition`.execute(
    tx,
  );
}
