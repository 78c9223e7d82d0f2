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
  // Not of texts and documents, which would be unpacked for it.
  await sql`ANALYZE ot_detection (subscription_id, uuid, asset_id, advisory_id, is_confirmed, status, digest), ot_detection_event,
    ot_detection_text (subscription_id, digest), ot_advisory (subscription_id, id), ot_advisory_product (subscription_id, advisory_id),
    finding, finding_source (subscription_id, asset_id, fingerprint, connection_id, check_id, is_present),
    check_definition (subscription_id, id, product, vendor_id)`.execute(tx);
}
