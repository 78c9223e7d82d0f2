import { type RawBuilder, sql, type Transaction } from "kysely";

/** Product under which the findings of matched advisories stand, and the connection they come by. */
export const ADVISORY_MATCHING = "Breakwater Advisory Matching";

/**
 * Held to the end of the transaction by who changes advisories of a subscription or matches its hosts: neither sees half
 * of the other. After the tags and before the scores in the order of locks.
 */
export async function lockMatching(tx: Transaction<unknown>, subscriptionId: number): Promise<void> {
  await sql`SELECT ${matchingLock(subscriptionId)}`.execute(tx);
}

/** What {@link lockMatching} selects, for who takes several locks at once. */
export function matchingLock(subscriptionId: number): RawBuilder<unknown> {
  return sql`pg_advisory_xact_lock(hashtextextended('advisory-matching/' || ${String(subscriptionId)}, 0))`;
}

/** Marks hosts whose description may have changed. Their assets are locked. */
export async function markHostsDue(
  tx: Transaction<unknown>,
  subscriptionId: number,
  assetIds: readonly number[],
): Promise<void> {
  if (assetIds.length === 0) return;
  await sql`
    INSERT INTO ot_due_host (subscription_id, asset_id)
    SELECT subscription_id, asset_id FROM ot_host
    WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${[...assetIds]}::bigint[]) ORDER BY asset_id
    ON CONFLICT DO NOTHING`.execute(tx);
}
