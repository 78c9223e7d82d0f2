import { MAX_LOOKS } from "@breakwater/domain/presence/index";
import { sql, type Transaction } from "kysely";
import { isOfProduct, type RunKey, spellOutLastSeen } from "./observation-store.ts";
import { lookAt, newestLooks } from "./source-looks.ts";

type Tx = Transaction<unknown>;

/**
 * From here on several products look at the assets through the connection: each attribution has its own time, and each
 * product its own last complete run. What one does not show tells nothing of what another reported.
 */
export async function shareSources(
  tx: Tx,
  source: Pick<RunKey, "subscriptionId" | "connectionId">,
  assetIds: readonly number[],
): Promise<void> {
  if (assetIds.length === 0) return;
  await spellOutLastSeen(tx, source, assetIds);
  await sql`
    UPDATE asset_source SET product = NULL, complete_at = NULL,
      complete_by = jsonb_build_object(coalesce(product, ''), (extract(epoch FROM complete_at) * 1000)::bigint),
      runs = '{}', runs_by = jsonb_build_object(coalesce(product, ''), to_jsonb(runs))
    WHERE subscription_id = ${source.subscriptionId} AND connection_id = ${source.connectionId}
      AND asset_id = ANY (${assetIds}::bigint[]) AND complete_by IS NULL`.execute(tx);
}

/** Ends a run's look at such assets: what it did not show has been closed by now, or is still noted as missing. */
export async function settleShared(
  tx: Tx,
  run: RunKey,
  assetIds: readonly number[],
  isComplete: boolean,
): Promise<void> {
  if (assetIds.length === 0) return;
  await spellOutShown(tx, run, assetIds, { which: isOfProduct(run), isMarked: !isComplete });
  await sql`DELETE FROM import_missing WHERE subscription_id = ${run.subscriptionId} AND job_id = ${run.jobId}
    AND asset_id = ANY (${assetIds}::bigint[])`.execute(tx);
  const known = sql`(s.complete_by->>${run.product})::bigint`;
  const complete = isComplete ? sql`greatest(${known}, (extract(epoch FROM p.seen_to) * 1000)::bigint)` : known;
  const runs = sql`ARRAY(SELECT r::bigint FROM jsonb_array_elements(coalesce(s.runs_by->${run.product}, '[]')) AS r)`;
  const looks = newestLooks(runs, sql`ARRAY[${lookAt(sql`p.seen_to`, isComplete ? "complete" : "partial")}]`);
  await sql`
    WITH p AS (
      DELETE FROM import_asset WHERE subscription_id = ${run.subscriptionId} AND job_id = ${run.jobId}
        AND asset_id = ANY (${assetIds}::bigint[])
      RETURNING *
    )
    UPDATE asset_source s SET first_seen_at = least(s.first_seen_at, p.seen_from),
      complete_by = s.complete_by || jsonb_build_object(${run.product}::text, ${complete}),
      runs_by = s.runs_by || jsonb_build_object(${run.product}::text, to_jsonb(${looks})),
      identifiers = (SELECT coalesce(jsonb_agg(DISTINCT x), '[]') FROM jsonb_array_elements(s.identifiers || p.identifiers) AS x)
    FROM p
    WHERE s.subscription_id = p.subscription_id AND s.asset_id = p.asset_id AND s.connection_id = ${run.connectionId}
    `.execute(tx);
}

/**
 * Writes a run's time into the findings that it showed.
 *
 * @param shown.which over attribution `s` and the run's look `p`: whose times are not told by the source's row
 * @param shown.isMarked nothing else will tell later that it was this run that showed them
 */
export async function spellOutShown(
  tx: Tx,
  run: RunKey,
  assetIds: readonly number[],
  { which, isMarked }: { which: ReturnType<typeof sql>; isMarked: boolean },
): Promise<void> {
  const seen = sql`coalesce(s.marks->'seen', '[]')`;
  const kept = sql`CASE WHEN jsonb_array_length(${seen}) < ${sql.lit(MAX_LOOKS)} THEN ${seen} ELSE ${seen} - 0 END`;
  const marks = sql`coalesce(s.marks, '{}') ||
    jsonb_build_object('seen', ${kept} || to_jsonb((extract(epoch FROM p.seen_to) * 1000)::bigint))`;
  const [upTo, more] = isMarked ? [sql`<= p.seen_to AND s.first_seen <`, sql`, marks = ${marks}`] : [sql`<`, sql``];
  await sql`
    WITH shown AS (
      UPDATE finding_source s SET last_seen = p.seen_to ${more} FROM import_asset p
      WHERE p.subscription_id = ${run.subscriptionId} AND p.job_id = ${run.jobId}
        AND p.asset_id = ANY (${assetIds}::bigint[])
        AND s.subscription_id = p.subscription_id AND s.asset_id = p.asset_id AND s.connection_id = ${run.connectionId}
        AND s.is_present AND s.last_seen ${upTo} p.seen_to AND ${which}
        AND NOT EXISTS (SELECT FROM import_missing m WHERE m.subscription_id = p.subscription_id AND m.job_id = p.job_id
          AND m.asset_id = p.asset_id AND m.fingerprint = s.fingerprint AND m.check_id = s.check_id)
      RETURNING s.asset_id, s.fingerprint, s.last_seen, s.told_last
    )
    UPDATE finding f SET last_found = w.last_seen FROM shown w
    WHERE f.subscription_id = ${run.subscriptionId} AND f.asset_id = w.asset_id AND f.fingerprint = w.fingerprint
      AND f.last_found < w.last_seen AND w.told_last IS NULL`.execute(tx);
}
