import { sql, type Transaction } from "kysely";
import { lastWord } from "./attribution.ts";
import {
  compareKeys,
  type FindingKey,
  findingKey,
  loadFindings,
  updateFindings,
  writeAttributions,
} from "./finding-store.ts";
import { closeAttributions, isStirred } from "./life-cycle.ts";
import { loadSources, type RunKey } from "./observation-store.ts";
import { scoreWritten } from "./score-assets.ts";
import { settleShared, spellOutShown } from "./shared-source.ts";
import { loadLooks, lookAt, newestLooks } from "./source-looks.ts";
import { stirFindings } from "./stir-findings.ts";
import { settleDefaultCriticality } from "./trust.ts";

type Tx = Transaction<unknown>;

type PendingRow = { assetId: number; seenFrom: number; seenTo: number; isShared: boolean };
type Rows = readonly PendingRow[];
type SilentRow = FindingKey & { checkId: number };

const ms = (column: string) => sql`(extract(epoch FROM ${sql.ref(column)}) * 1000)::bigint`;

/** Assets per transaction. */
const STEP_ASSETS = 500;
/** Findings of one asset closed in one transaction. */
const STEP_FINDINGS = 5_000;

/**
 * Settles the next assets of a run that has ended: closes what a complete run did not show, and moves the source's times.
 * Each step takes its rows out of import_asset, so that a resumed run goes on with the rest.
 *
 * @param isComplete false: the run's silence proves nothing
 * @returns what it closed, and whether all is done
 */
export async function settleNextAssets(
  tx: Tx,
  run: RunKey,
  isComplete: boolean,
): Promise<{ fixed: number; isDone: boolean }> {
  const pending = await takePending(tx, run);
  if (pending.length === 0) return { fixed: 0, isDone: true };
  const own = pending.filter(({ isShared }) => !isShared);
  const sharedIds = pending.flatMap(({ assetId, isShared }) => (isShared ? [assetId] : []));
  if (!isComplete) {
    await settlePartial(tx, run, own);
    await settleShared(tx, run, sharedIds, false);
    await settleCriticality(tx, run, pending);
    return { fixed: 0, isDone: false };
  }
  const silent = await takeSilent(tx, run, pending);
  const fixed = await closeSilent(tx, run, pending, silent);
  // A last piece that is smaller than a full one is the last: only then do the assets count as looked at.
  if (silent.length < STEP_FINDINGS) {
    await settleComplete(tx, run, own);
    await settleShared(tx, run, sharedIds, true);
    await settleCriticality(tx, run, pending);
  }
  return { fixed, isDone: false };
}

/** Only now is it known which source was the first to see the assets. */
async function settleCriticality(tx: Tx, { subscriptionId }: RunKey, pending: readonly PendingRow[]): Promise<void> {
  const ids = pending.map(({ assetId }) => assetId);
  const written = await settleDefaultCriticality(tx, subscriptionId, ids);
  await scoreWritten(tx, subscriptionId, { written });
}

async function takePending(tx: Tx, run: RunKey): Promise<PendingRow[]> {
  const { rows } = await sql<Omit<PendingRow, "isShared">>`
    SELECT p.asset_id AS "assetId", ${ms("p.seen_from")} AS "seenFrom", ${ms("p.seen_to")} AS "seenTo"
    FROM import_asset p
    JOIN asset a ON a.subscription_id = p.subscription_id AND a.id = p.asset_id
    WHERE p.subscription_id = ${run.subscriptionId} AND p.job_id = ${run.jobId}
    ORDER BY p.asset_id LIMIT ${STEP_ASSETS} FOR NO KEY UPDATE OF a`.execute(tx);
  const sources = await loadSources(
    tx,
    run,
    rows.map(({ assetId }) => assetId),
  );
  return rows.map((row) => ({ ...row, isShared: sources.get(row.assetId)!.products === "shared" }));
}

/** Takes findings that the run did not show off the list. By row address: joining the list with itself took 90 ms a step. */
async function takeSilent(tx: Tx, run: RunKey, pending: readonly PendingRow[]): Promise<SilentRow[]> {
  const { rows } = await sql<SilentRow>`
    DELETE FROM import_missing m WHERE m.ctid = ANY (ARRAY(
      SELECT ctid FROM import_missing
      WHERE subscription_id = ${run.subscriptionId} AND job_id = ${run.jobId}
        AND asset_id = ANY (${pending.map(({ assetId }) => assetId)}::bigint[])
      ORDER BY asset_id, fingerprint, check_id LIMIT ${STEP_FINDINGS}))
    RETURNING m.asset_id AS "assetId", m.fingerprint, m.check_id AS "checkId"`.execute(tx);
  return rows;
}

async function closeSilent(
  tx: Tx,
  run: RunKey,
  pending: readonly PendingRow[],
  silent: readonly SilentRow[],
): Promise<number> {
  if (silent.length === 0) return 0;
  const byAsset = new Map(pending.map((row) => [row.assetId, row]));
  const looks = await loadLooks(tx, run, [...byAsset.keys()]);
  const bySilence = Map.groupBy(silent, findingKey);
  const known = await loadFindings(
    tx,
    run.subscriptionId,
    [...bySilence.values()].map((rows) => rows[0]!),
  );
  const updated = [];
  const attributions = [];
  const shownLater = new Set<number>();
  const stirred: FindingKey[] = [];
  let fixed = 0;
  for (const [name, state] of known) {
    const rows = bySilence.get(name) ?? [];
    const { assetId, fingerprint } = rows[0]!;
    const { seenFrom, seenTo } = byAsset.get(assetId)!;
    const silences = rows.flatMap(({ checkId }) => {
      const own = state.attributions.find((one) => one.connectionId === run.connectionId && one.checkId === checkId);
      if (!own) return [];
      // A report of the same source that is as new has shown it meanwhile.
      const isOver = lastWord(own) < seenFrom;
      if (own.isPresent && !isOver) shownLater.add(assetId);
      return isOver || lastWord(own) > seenTo ? [{ connectionId: run.connectionId, checkId, isOver }] : [];
    });
    const next = closeAttributions(state, silences, seenTo, looks.get(assetId) ?? []);
    if (next === state) continue;
    if (next.status === "FIXED" && state.status !== "FIXED") fixed++;
    if (isStirred(state, next)) stirred.push({ assetId, fingerprint });
    updated.push({ assetId, fingerprint, state: next });
    for (const attribution of next.attributions) {
      if (!state.attributions.includes(attribution)) attributions.push({ assetId, fingerprint, attribution });
    }
  }
  await forgetDigests(tx, run, [...shownLater]);
  await updateFindings(tx, run.subscriptionId, updated.sort(compareKeys));
  await writeAttributions(tx, run.subscriptionId, attributions.sort(compareKeys));
  await stirFindings(tx, run, stirred);
  await scoreWritten(tx, run.subscriptionId, { written: updated.map(({ assetId }) => assetId) });
  return fixed;
}

/** The run did not show all that the source has there: its digest must not pass for that of everything. */
async function forgetDigests(tx: Tx, run: RunKey, assetIds: readonly number[]): Promise<void> {
  if (assetIds.length === 0) return;
  await sql`UPDATE import_asset SET digest = '' WHERE subscription_id = ${run.subscriptionId} AND job_id = ${run.jobId}
    AND asset_id = ANY (${assetIds}::bigint[])`.execute(tx);
}

/** The source has looked at these assets as a whole. */
async function settleComplete(tx: Tx, run: RunKey, pending: Rows): Promise<void> {
  await sql`
    WITH taken AS (
      DELETE FROM import_asset WHERE subscription_id = ${run.subscriptionId} AND job_id = ${run.jobId}
        AND asset_id = ANY (${pending.map(({ assetId }) => assetId)}::bigint[])
      RETURNING *
    )
    INSERT INTO asset_source AS s (subscription_id, asset_id, connection_id, seen_at, complete_at, first_seen_at, digest,
                                   has_fresh, matched_by, identifiers, product, runs)
    SELECT subscription_id, asset_id, ${run.connectionId}, seen_to, seen_to, seen_from, digest, has_fresh, matched_by,
           identifiers, ${run.product}, ARRAY[${lookAt(sql`seen_to`, "complete")}]
    FROM taken ORDER BY asset_id
    ON CONFLICT (subscription_id, asset_id, connection_id) DO UPDATE SET
      seen_at = greatest(s.seen_at, excluded.seen_at), complete_at = greatest(s.complete_at, excluded.complete_at),
      first_seen_at = least(s.first_seen_at, excluded.first_seen_at),
      -- Two runs of one time have shown more than either digest says.
      digest = CASE WHEN excluded.seen_at > s.seen_at THEN excluded.digest
        WHEN excluded.seen_at = s.seen_at AND excluded.digest <> s.digest THEN '' ELSE s.digest END,
      identifiers = CASE WHEN excluded.seen_at >= s.seen_at THEN excluded.identifiers ELSE s.identifiers END,
      has_fresh = CASE WHEN excluded.seen_at >= s.seen_at THEN excluded.has_fresh ELSE s.has_fresh OR excluded.has_fresh END,
      product = excluded.product, runs = ${newestLooks(sql`s.runs`, sql`excluded.runs`)}
    `.execute(tx);
}

/** The run may have missed something: what it did not show stays as it is, and only what it showed was seen then. */
async function settlePartial(tx: Tx, run: RunKey, pending: Rows): Promise<void> {
  const assetIds = pending.map(({ assetId }) => assetId);
  const isCut = sql<boolean>`EXISTS (SELECT FROM import_missing m JOIN finding_source s
    ON s.subscription_id = m.subscription_id AND s.asset_id = m.asset_id AND s.fingerprint = m.fingerprint
      AND s.connection_id = ${run.connectionId} AND s.check_id = m.check_id AND s.is_present
    WHERE m.subscription_id = p.subscription_id AND m.job_id = p.job_id AND m.asset_id = p.asset_id)`;
  // What it showed of a time before the source's newest look has been written with it.
  const isLate = sql<boolean>`coalesce((SELECT v.runs[1] / 4 > (extract(epoch FROM p.seen_to) * 1000)::bigint FROM asset_source v
    WHERE v.subscription_id = p.subscription_id AND v.asset_id = p.asset_id AND v.connection_id = ${run.connectionId}), false)`;
  await spellOutShown(tx, run, assetIds, { which: sql`${isCut} AND NOT ${isLate}`, isMarked: true });
  await sql`
    WITH seen AS (
      SELECT p.asset_id, ${isCut} OR ${isLate} AS is_partial FROM import_asset p
      WHERE p.subscription_id = ${run.subscriptionId} AND p.job_id = ${run.jobId}
        AND p.asset_id = ANY (${assetIds}::bigint[])
    ), silent AS (
      DELETE FROM import_missing WHERE subscription_id = ${run.subscriptionId} AND job_id = ${run.jobId}
        AND asset_id = ANY (${assetIds}::bigint[])
    ), taken AS (
      DELETE FROM import_asset p USING seen WHERE p.subscription_id = ${run.subscriptionId} AND p.job_id = ${run.jobId}
        AND p.asset_id = seen.asset_id
      RETURNING p.*, is_partial
    )
    INSERT INTO asset_source AS s (subscription_id, asset_id, connection_id, seen_at, first_seen_at, digest, has_fresh,
                                   matched_by, identifiers, product, runs)
    SELECT subscription_id, asset_id, ${run.connectionId}, CASE WHEN is_partial THEN to_timestamp(0) ELSE seen_to END,
           seen_from, CASE WHEN is_partial THEN '' ELSE digest END, has_fresh, matched_by, identifiers, ${run.product},
           ARRAY[CASE WHEN is_partial THEN ${lookAt(sql`seen_to`, "partial")} ELSE ${lookAt(sql`seen_to`, "whole")} END]
    FROM taken ORDER BY asset_id
    ON CONFLICT (subscription_id, asset_id, connection_id) DO UPDATE SET
      seen_at = greatest(s.seen_at, excluded.seen_at), first_seen_at = least(s.first_seen_at, excluded.first_seen_at),
      digest = CASE WHEN excluded.seen_at >= s.seen_at OR excluded.digest = '' THEN excluded.digest ELSE s.digest END,
      identifiers = excluded.identifiers, has_fresh = s.has_fresh OR excluded.has_fresh, product = excluded.product,
      runs = ${newestLooks(sql`s.runs`, sql`excluded.runs`)}`.execute(tx);
}
