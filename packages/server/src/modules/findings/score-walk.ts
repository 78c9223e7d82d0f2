import { sql, type Transaction } from "kysely";
import { findStaleAssets, nextAssetIds, rescoreAssets } from "./score-assets.ts";

type Tx = Transaction<unknown>;

/** Assets that one transaction goes through: their locks are held for some tens of milliseconds. */
const STEP_ASSETS = 500;

/**
 * Has the stored scores of subscriptions gone through, from the beginning, by {@link walkScores}. In the transaction
 * that changes what they are made from, under the lock of the scores, alone.
 *
 * @param subscriptionId null: all that have assets
 * @param options.isOfWeights assets are totalled even where no finding's score is another
 */
export async function requestScoreWalk(
  tx: Tx,
  subscriptionId: number | null,
  { isOfWeights = false }: { isOfWeights?: boolean } = {},
): Promise<void> {
  const isMeant = subscriptionId === null ? sql`TRUE` : sql`s.id = ${subscriptionId}`;
  await sql`
    INSERT INTO score_walk AS w (subscription_id, is_of_weights)
    SELECT s.id, ${isOfWeights} FROM subscription s
    WHERE ${isMeant} AND EXISTS (SELECT FROM asset a WHERE a.subscription_id = s.id) ORDER BY s.id
    ON CONFLICT (subscription_id) DO UPDATE SET done_up_to = 0,
      is_of_weights = w.is_of_weights OR excluded.is_of_weights`.execute(tx);
}

/** Subscriptions whose scores are still to be gone through. */
export async function listScoreWalks(db: Parameters<ReturnType<typeof sql>["execute"]>[0]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT subscription_id AS id FROM score_walk ORDER BY subscription_id`.execute(db);
  return rows.map(({ id }) => id);
}

/**
 * Goes on through a subscription's scores by one stretch of assets. How far it is stands in the database, so that it can
 * end anywhere, and several may walk at once: they take turns.
 *
 * @returns whether all is done
 */
export async function walkScores(tx: Tx, subscriptionId: number): Promise<boolean> {
  const { rows } = await sql<{ doneUpTo: number; isOfWeights: boolean }>`
    SELECT done_up_to AS "doneUpTo", is_of_weights AS "isOfWeights" FROM score_walk
    WHERE subscription_id = ${subscriptionId} FOR UPDATE`.execute(tx);
  const [walk] = rows;
  if (!walk) return true;
  const ids = await nextAssetIds(tx, subscriptionId, walk.doneUpTo, STEP_ASSETS);
  const [first, last] = [ids[0], ids.at(-1)];
  if (first !== undefined && last !== undefined) {
    const stale = walk.isOfWeights ? ids : await findStaleAssets(tx, subscriptionId, { first, last });
    await rescoreAssets(tx, subscriptionId, stale);
  }
  const isDone = ids.length < STEP_ASSETS;
  if (isDone) await sql`DELETE FROM score_walk WHERE subscription_id = ${subscriptionId}`.execute(tx);
  else await sql`UPDATE score_walk SET done_up_to = ${last} WHERE subscription_id = ${subscriptionId}`.execute(tx);
  return isDone;
}
