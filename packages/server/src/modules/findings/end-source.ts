import { sql, type Transaction } from "kysely";
import { lockTags } from "../../db/lock-tags.ts";
import { lockScores } from "./detection-score-sql.ts";
import { spellOutLastSeen } from "./observation-store.ts";
import { scoreWritten } from "./score-assets.ts";
import { settleDefaultCriticality } from "./trust.ts";
import { type WholeSource, writeWholeSource } from "./whole-source.ts";

/** Assets per transaction. */
const STEP_ASSETS = 50;

/**
 * Ends all that a source says of the next assets, as if it had looked at them again and found nothing: findings that no
 * other source reports are fixed.
 *
 * @param after id of the asset that the last step ended with; 0 at first
 * @returns the asset that this step ended with; undefined when nothing of the source was left
 */
export async function endSource(
  tx: Transaction<unknown>,
  source: WholeSource,
  after: number,
): Promise<number | undefined> {
  const { subscriptionId, connectionId } = source;
  await lockTags(tx, subscriptionId, "shared");
  await lockScores(tx, "shared");
  const assetIds = await nextAssets(tx, source, after);
  await spellOutLastSeen(tx, source, assetIds);
  await writeWholeSource(tx, source, new Map(assetIds.map((id) => [id, []])));
  await scoreWritten(tx, subscriptionId, { written: assetIds });
  const isOfStep = assetIds.length > 0 ? sql`asset_id = ANY (${assetIds}::bigint[])` : sql`TRUE`;
  const { rows: left } = await sql<{ id: number }>`
    DELETE FROM asset_source WHERE subscription_id = ${subscriptionId} AND connection_id = ${connectionId}
      AND ${isOfStep} RETURNING asset_id AS id`.execute(tx);
  const ids = left.map(({ id }) => id);
  const written = await settleDefaultCriticality(tx, subscriptionId, ids);
  await scoreWritten(tx, subscriptionId, { written });
  return assetIds.at(-1);
}

/** Assets with something present by the source, locked. */
async function nextAssets(tx: Transaction<unknown>, source: WholeSource, after: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT DISTINCT asset_id AS id FROM finding_source
    WHERE subscription_id = ${source.subscriptionId} AND asset_id > ${after}
      AND connection_id = ${source.connectionId} AND is_present
    ORDER BY 1 LIMIT ${STEP_ASSETS}`.execute(tx);
  const ids = rows.map(({ id }) => id);
  await sql`SELECT FROM asset WHERE subscription_id = ${source.subscriptionId} AND id = ANY (${ids}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  return ids;
}
