import { sql, type Transaction } from "kysely";
import { keptTotal } from "../../db/kept-total.ts";
import { findStaleAssets, nextAssetIds, rescoreAssets, rescoreFindings } from "./score-assets.ts";

type Tx = Transaction<unknown>;

/** Assets that one transaction goes through: their locks are held for some tens of milliseconds. */
const STEP_ASSETS = 500;
/** Findings of a list that one transaction looks at: most of them are written. */
const STEP_FINDINGS = 2_000;
/** CVEs whose findings are looked for, at most; of more everything is gone through. */
const MAX_CVES = 20_000;
/** Share of all findings from which on they are all gone through: looking up that many takes about as long. */
const MAX_LISTED_SHARE = 0.3;

/**
 * Has the stored scores of subscriptions gone through by {@link walkScores}: all of them from the beginning, or those of
 * findings with these CVEs. In the transaction that changes what they are made from, under the lock of the scores, alone.
 *
 * @param subscriptionId null: all that have assets
 * @param options.isOfWeights assets are totalled even where no finding's score is another
 * @param options.cveIds nothing but what is known of these CVEs is another
 */
export async function requestScoreWalk(
  tx: Tx,
  subscriptionId: number | null,
  { isOfWeights = false, cveIds }: { isOfWeights?: boolean; cveIds?: readonly string[] } = {},
): Promise<void> {
  const isMeant = subscriptionId === null ? sql`TRUE` : sql`s.id = ${subscriptionId}`;
  const isListed = cveIds !== undefined && cveIds.length <= MAX_CVES;
  const from = isListed ? null : 0;
  const asked = isListed ? [...cveIds] : [];
  const isWhole = sql`excluded.done_up_to IS NOT NULL OR cardinality(w.cve_ids || excluded.cve_ids) > ${MAX_CVES}`;
  await sql`
    INSERT INTO score_walk AS w (subscription_id, is_of_weights, done_up_to, cve_ids)
    SELECT s.id, ${isOfWeights}, ${from}::bigint, ${asked}::text[] FROM subscription s
    WHERE ${isMeant} AND EXISTS (SELECT FROM asset a WHERE a.subscription_id = s.id) ORDER BY s.id
    ON CONFLICT (subscription_id) DO UPDATE SET is_of_weights = w.is_of_weights OR excluded.is_of_weights,
      done_up_to = CASE WHEN ${isWhole} THEN 0 ELSE w.done_up_to END,
      cve_ids = CASE WHEN ${isWhole} THEN '{}' ELSE w.cve_ids || excluded.cve_ids END`.execute(tx);
}

/** Subscriptions whose scores are still to be gone through. */
export async function listScoreWalks(db: Parameters<ReturnType<typeof sql>["execute"]>[0]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT subscription_id AS id FROM score_walk ORDER BY subscription_id`.execute(db);
  return rows.map(({ id }) => id);
}

type Walk = {
  isOfWeights: boolean;
  /** Through all assets so far; null: they are not to be gone through. */
  doneUpTo: number | null;
  /** Whether findings of CVEs are to be listed yet. */
  hasCves: boolean;
  /** The next of the findings that are listed. */
  findingIds: number[];
};

/**
 * Goes on through a subscription's scores by one step: findings of changed CVEs first, by a list that is made once, then
 * one stretch of assets. How far it is stands in the database, so that it can end anywhere, and several may walk at once:
 * they take turns.
 *
 * @returns whether all is done
 */
export async function walkScores(tx: Tx, subscriptionId: number): Promise<boolean> {
  const { rows } = await sql<Walk>`
    SELECT done_up_to AS "doneUpTo", is_of_weights AS "isOfWeights", cve_ids <> '{}' AS "hasCves",
      finding_ids[findings_done + 1 : findings_done + ${STEP_FINDINGS}] AS "findingIds"
    FROM score_walk WHERE subscription_id = ${subscriptionId} FOR UPDATE`.execute(tx);
  const [walk] = rows;
  if (!walk) return true;
  if (walk.hasCves) await listFindings(tx, subscriptionId);
  else if (walk.findingIds.length > 0) await walkList(tx, subscriptionId, walk.findingIds);
  else if (walk.doneUpTo !== null) await walkAssets(tx, subscriptionId, walk.isOfWeights, walk.doneUpTo);
  const { rows: ended } = await sql`
    DELETE FROM score_walk WHERE subscription_id = ${subscriptionId} AND done_up_to IS NULL AND cve_ids = '{}'
      AND findings_done >= findings_listed RETURNING 1`.execute(tx);
  return ended.length > 0;
}

/** Lists the findings of the CVEs behind what is left of a list, in the order of their assets, unless they are too many. */
async function listFindings(tx: Tx, subscriptionId: number): Promise<void> {
  await sql`
    WITH bound AS (SELECT ceil(${MAX_LISTED_SHARE}::float8 * ${keptTotal("finding", subscriptionId)}) AS findings),
    listed AS (
      SELECT coalesce(array_agg(x.id ORDER BY x.asset_id, x.id), '{}') AS ids, count(*) AS findings FROM (
        SELECT f.id, f.asset_id FROM finding f WHERE f.subscription_id = ${subscriptionId} AND f.cve_id = ANY (
          (SELECT cve_ids FROM score_walk WHERE subscription_id = ${subscriptionId})::text[])
        LIMIT (SELECT findings + 1 FROM bound)
      ) x
    )
    UPDATE score_walk w SET cve_ids = '{}', findings_done = 0, finding_ids = x.ids, findings_listed = cardinality(x.ids),
      done_up_to = CASE WHEN x.is_too_much THEN 0 ELSE w.done_up_to END
    FROM (
      SELECT l.findings > b.findings AS is_too_much,
        CASE WHEN l.findings > b.findings THEN '{}' ELSE o.finding_ids[o.findings_done + 1 :] || l.ids END AS ids
      FROM listed l, bound b, score_walk o WHERE o.subscription_id = ${subscriptionId}
    ) x WHERE w.subscription_id = ${subscriptionId}`.execute(tx);
}

async function walkList(tx: Tx, subscriptionId: number, findingIds: readonly number[]): Promise<void> {
  await rescoreFindings(tx, subscriptionId, findingIds);
  await sql`UPDATE score_walk SET findings_done = findings_done + ${findingIds.length}
    WHERE subscription_id = ${subscriptionId}`.execute(tx);
}

async function walkAssets(tx: Tx, subscriptionId: number, isOfWeights: boolean, after: number): Promise<void> {
  const ids = await nextAssetIds(tx, subscriptionId, after, STEP_ASSETS);
  const [first, last] = [ids[0], ids.at(-1)];
  if (first !== undefined && last !== undefined) {
    const stale = isOfWeights ? ids : await findStaleAssets(tx, subscriptionId, { first, last });
    await rescoreAssets(tx, subscriptionId, stale);
  }
  const doneUpTo = ids.length < STEP_ASSETS ? null : last;
  await sql`UPDATE score_walk SET done_up_to = ${doneUpTo}::bigint WHERE subscription_id = ${subscriptionId}`.execute(
    tx,
  );
}
