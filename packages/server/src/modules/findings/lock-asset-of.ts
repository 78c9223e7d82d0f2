import { sql } from "kysely";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";

/** The finding went to another asset while its own was waited for: the transaction is to be run again. */
class FindingMovedError extends Error {
  override name = "FindingMovedError";
  readonly code = "40001";
}

/**
 * The asset of a finding in the caller's scope, locked; undefined when there is no such finding. Until the end of the
 * transaction the finding neither goes to another asset nor ends.
 */
export async function lockAssetOf(db: ScopedDb, findingId: number): Promise<number | undefined> {
  const before = await readAssetOf(db, findingId);
  if (before === undefined) return undefined;
  const { rows } = await sql`
    SELECT 1 FROM asset a WHERE a.subscription_id = ${db.subscriptionId} AND a.id = ${before}
      AND ${assetInScope(db, sql.ref("a.tag_ids"))} FOR NO KEY UPDATE`.execute(db.write);
  const after = await readAssetOf(db, findingId);
  if (after === undefined) return undefined;
  // Of an asset that was merged away nothing is locked.
  if (rows.length === 0) return after === before ? undefined : lockAssetOf(db, findingId);
  if (after !== before) throw new FindingMovedError(`finding ${findingId} went to asset ${after}`);
  return after;
}

async function readAssetOf(db: ScopedDb, findingId: number): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`SELECT asset_id AS id FROM finding
    WHERE subscription_id = ${db.subscriptionId} AND id = ${findingId}`.execute(db.write);
  return rows[0]?.id;
}
