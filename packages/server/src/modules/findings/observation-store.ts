import type { Identifier } from "@breakwater/domain/identity/index";
import { type RawBuilder, sql, type Transaction } from "kysely";
import type { FindingKey } from "./finding-store.ts";
import { rescoreAssets } from "./score-assets.ts";

type Tx = Transaction<unknown>;

/** Which run of which source: the key of everything below. */
export type RunKey = { subscriptionId: number; jobId: string; connectionId: number; product: string };

type SourceKey = Pick<RunKey, "subscriptionId" | "connectionId">;

/** What is known of a source's view of an asset before the batch. */
export type KnownSource = {
  assetId: number;
  /** All it still reports was seen then; 0 when only the attributions' own times count. */
  seenAt: number;
  /** Its last complete run: what that did not show was not there. */
  completeAt: number | null;
  /** False: the source has never completed a look at the asset. */
  isKnown: boolean;
  /** True: this run has shown the asset before. */
  isPending: boolean;
  /** Hexadecimal. */
  digest: string;
  hasFresh: boolean;
  /**
   * `other`: only another product has looked at the asset through the connection so far; `shared`: several have. See
   * `shared-source.ts`.
   */
  products: "own" | "other" | "shared";
};

type StoredSource = Pick<KnownSource, "assetId" | "seenAt" | "completeAt" | "digest" | "hasFresh"> & {
  product: string | null;
  completeBy: Readonly<Record<string, number | null>> | null;
};

/** What a batch saw of an asset. */
export type PendingAsset = {
  assetId: number;
  at: number;
  /** Hexadecimal. */
  digest: string;
  hasFresh: boolean;
  matchedBy: string | null;
  identifiers: readonly Identifier[];
};

const ms = (column: string) => sql`(extract(epoch FROM ${sql.ref(column)}) * 1000)::bigint`;

/**
 * Looks up both tables by arrays of keys: joined to the ids, they were read whole for each batch, because the planner
 * takes a run's rows for one.
 */
export async function loadSources(tx: Tx, run: RunKey, assetIds: readonly number[]): Promise<Map<number, KnownSource>> {
  const ids = [...assetIds];
  const { rows: known } = await sql<StoredSource>`
    SELECT asset_id AS "assetId", ${ms("seen_at")} AS "seenAt", ${ms("complete_at")} AS "completeAt",
           encode(digest, 'hex') AS digest, has_fresh AS "hasFresh", product, complete_by AS "completeBy"
    FROM asset_source WHERE subscription_id = ${run.subscriptionId} AND asset_id = ANY (${ids}::bigint[])
      AND connection_id = ${run.connectionId}`.execute(tx);
  const { rows: pending } = await sql<{ id: number }>`
    SELECT asset_id AS id FROM import_asset
    WHERE subscription_id = ${run.subscriptionId} AND job_id = ${run.jobId} AND asset_id = ANY (${ids}::bigint[])`.execute(
    tx,
  );
  const byAsset = new Map(known.map((row) => [row.assetId, toKnown(row, run.product)]));
  const isPending = new Set(pending.map(({ id }) => id));
  return new Map(
    ids.map((assetId) => [
      assetId,
      {
        ...UNKNOWN,
        assetId,
        ...byAsset.get(assetId),
        isPending: isPending.has(assetId),
      },
    ]),
  );
}

const UNKNOWN = {
  ...{ isKnown: false, seenAt: 0, completeAt: null, digest: "", hasFresh: false },
  products: "own" as const,
};

function toKnown({ product, completeBy, ...row }: StoredSource, own: string): Omit<KnownSource, "isPending"> {
  if (completeBy !== null) {
    const completeAt = completeBy[own] ?? null;
    return { ...row, ...UNKNOWN, completeAt, isKnown: Object.hasOwn(completeBy, own), products: "shared" };
  }
  if (product !== null && product !== own) return { ...row, ...UNKNOWN, products: "other" };
  return { ...row, isKnown: true, products: "own" };
}

/** Notes what the run saw. Of an asset that it saw more than once, only the end of the run can tell what is whole. */
export async function notePending(tx: Tx, run: RunKey, assets: readonly PendingAsset[]): Promise<void> {
  await sql`
    INSERT INTO import_asset AS p (subscription_id, job_id, asset_id, seen_from, seen_to, digest, has_fresh, matched_by,
                                   identifiers)
    SELECT ${run.subscriptionId}, ${run.jobId}, x."assetId", to_timestamp(x.at::float8 / 1000),
           to_timestamp(x.at::float8 / 1000), decode(x.digest, 'hex'), x."hasFresh", x."matchedBy", x.identifiers
    FROM json_to_recordset(${JSON.stringify(assets)}::json)
      AS x("assetId" bigint, at bigint, digest text, "hasFresh" boolean, "matchedBy" text,
        identifiers jsonb)
    ON CONFLICT (subscription_id, job_id, asset_id) DO UPDATE SET
      seen_from = least(p.seen_from, excluded.seen_from), seen_to = greatest(p.seen_to, excluded.seen_to),
      digest = '', has_fresh = p.has_fresh OR excluded.has_fresh,
      identifiers = CASE WHEN p.identifiers @> excluded.identifiers THEN p.identifiers
        ELSE p.identifiers || excluded.identifiers END`.execute(tx);
}

/** A run that the source is known to have looked after: what was gone by the complete run before it is as it was. */
export type LateSight = { assetId: number; at: number; goneBy: number };

/**
 * Notes which findings of the source the run has not shown: at the first sight of an asset all that are not among
 * `seen`; later sights only take away.
 *
 * @param late of the first sights; there, what is gone by now counts too if it was not then
 */
export async function noteMissing(
  tx: Tx,
  run: RunKey,
  sights: { first: readonly number[]; later: readonly number[]; late: readonly LateSight[] },
  seen: readonly (FindingKey & { checkId: number })[],
): Promise<void> {
  const seenRows = sql`json_to_recordset(${JSON.stringify(seen.map(({ assetId, fingerprint, checkId }) => ({ assetId, fingerprint, checkId })))}::json)
    AS x("assetId" bigint, fingerprint uuid, "checkId" bigint)`;
  const note = (which: RawBuilder<unknown>) =>
    sql`
    INSERT INTO import_missing (subscription_id, job_id, asset_id, fingerprint, check_id)
    SELECT s.subscription_id, ${run.jobId}, s.asset_id, s.fingerprint, s.check_id FROM finding_source s
    WHERE s.subscription_id = ${run.subscriptionId} AND s.connection_id = ${run.connectionId} AND ${which}
      AND (s.asset_id, s.fingerprint, s.check_id) NOT IN (SELECT x."assetId", x.fingerprint, x."checkId" FROM ${seenRows})
      AND ${isOfProduct(run)}`.execute(tx);
  if (sights.first.length > 0) await note(sql`s.is_present AND s.asset_id = ANY (${sights.first}::bigint[])`);
  for (const { assetId, at, goneBy } of sights.late) {
    await note(sql`NOT s.is_present AND s.asset_id = ${assetId} AND s.first_seen < to_timestamp(${at}::float8 / 1000)
      AND s.last_seen >= to_timestamp(${goneBy}::float8 / 1000)`);
  }
  if (sights.later.length > 0) {
    await sql`
      DELETE FROM import_missing m USING ${seenRows}
      WHERE m.subscription_id = ${run.subscriptionId} AND m.job_id = ${run.jobId} AND m.asset_id = x."assetId"
        AND m.fingerprint = x.fingerprint AND m.check_id = x."checkId"`.execute(tx);
  }
}

/**
 * Writes the time of the source's last look into each finding it still reports, and into what it said of the asset, so
 * that from here on their own times count. For reports that come between a complete run and a later partial one.
 */
export async function spellOutLastSeen(tx: Tx, run: SourceKey, assetIds: readonly number[]): Promise<void> {
  if (assetIds.length === 0) return;
  await spellOutWords(tx, run, assetIds);
  await sql`
    UPDATE finding f SET last_found = v.seen_at FROM asset_source v
    WHERE v.subscription_id = ${run.subscriptionId} AND v.connection_id = ${run.connectionId}
      AND v.asset_id = ANY (${assetIds}::bigint[]) AND f.subscription_id = v.subscription_id
      AND f.asset_id = v.asset_id AND f.last_found < v.seen_at
      AND EXISTS (SELECT FROM finding_source s WHERE s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id
        AND s.fingerprint = f.fingerprint AND s.connection_id = v.connection_id AND s.is_present AND s.told_last IS NULL)
    `.execute(tx);
  await sql`
    UPDATE finding_source s SET last_seen = v.seen_at FROM asset_source v
    WHERE v.subscription_id = ${run.subscriptionId} AND v.connection_id = ${run.connectionId}
      AND v.asset_id = ANY (${assetIds}::bigint[]) AND s.subscription_id = v.subscription_id
      AND s.asset_id = v.asset_id AND s.connection_id = v.connection_id AND s.is_present AND s.last_seen < v.seen_at
    `.execute(tx);
  await sql`
    UPDATE asset_source SET seen_at = to_timestamp(0), digest = ''
    WHERE subscription_id = ${run.subscriptionId} AND connection_id = ${run.connectionId}
      AND asset_id = ANY (${assetIds}::bigint[])`.execute(tx);
}

/** See `described-by.ts`. The assets are locked. */
async function spellOutWords(tx: Tx, run: SourceKey, assetIds: readonly number[]): Promise<void> {
  const id = String(run.connectionId);
  await sql`
    UPDATE asset a SET described_by = (SELECT jsonb_object_agg(d.field, CASE WHEN (d.sayers->>${id})::bigint < v.at
      THEN d.sayers || jsonb_build_object(${id}::text, v.at) ELSE d.sayers END) FROM jsonb_each(a.described_by) AS d(field, sayers))
    FROM (SELECT asset_id, (extract(epoch FROM seen_at) * 1000)::bigint AS at FROM asset_source
      WHERE subscription_id = ${run.subscriptionId} AND connection_id = ${run.connectionId}
        AND asset_id = ANY (${assetIds}::bigint[])) v
    WHERE a.subscription_id = ${run.subscriptionId} AND a.id = v.asset_id
      AND EXISTS (SELECT FROM jsonb_each(a.described_by) AS d(field, sayers) WHERE (d.sayers->>${id})::bigint < v.at)
    `.execute(tx);
}

/** Whether the attribution `s` is by a check of the run's product. */
export function isOfProduct({ product }: RunKey) {
  return sql<boolean>`(SELECT c.product FROM check_definition c
    WHERE c.subscription_id = s.subscription_id AND c.id = s.check_id) = ${product}`;
}

/**
 * Makes findings ACTIVE that a source reports again unchanged and that were NEW, REOPENED, or to be tested again; where all
 * sources call them mitigated, PROTECTED.
 *
 * @returns the assets that still have such findings
 */
export async function settleFresh(
  tx: Tx,
  run: RunKey,
  assets: readonly { assetId: number; at: number }[],
): Promise<Set<number>> {
  if (assets.length === 0) return new Set();
  const ids = assets.map(({ assetId }) => assetId);
  const times = assets.map(({ at }) => at);
  // Spelt so that both tables are entered by key, whatever the planner takes their size for: an EXISTS became a join that
  // read all of finding_source for each batch.
  await sql`
    UPDATE finding f SET status = CASE WHEN f.status = 'PROTECTED' THEN f.status ELSE 'ACTIVE' END, is_one_time = false
    FROM unnest(${ids}::bigint[], ${times}::bigint[]) AS x(asset_id, at)
    WHERE f.subscription_id = ${run.subscriptionId} AND f.asset_id = ANY (${ids}::bigint[]) AND f.asset_id = x.asset_id
      AND (f.status IN ('NEW', 'REOPENED') OR f.status = 'PROTECTED' AND f.is_one_time)
      AND (f.reopened_at IS NULL OR f.reopened_at < to_timestamp(x.at::float8 / 1000))
      AND ${isReported(run)}`.execute(tx);
  const { rows } = await sql<{ id: number; hasRetest: boolean }>`
    SELECT f.asset_id AS id, bool_or(f.status = 'RETEST') AS "hasRetest" FROM finding f
    WHERE f.subscription_id = ${run.subscriptionId} AND f.asset_id = ANY (${ids}::bigint[])
      AND (f.status IN ('NEW', 'REOPENED', 'RETEST') OR f.status = 'PROTECTED' AND f.is_one_time)
    GROUP BY 1`.execute(tx);
  const retested = new Set(rows.flatMap(({ id, hasRetest }) => (hasRetest ? [id] : [])));
  if (retested.size > 0) {
    await settleRetests(
      tx,
      run,
      assets.filter(({ assetId }) => retested.has(assetId)),
    );
  }
  return new Set(rows.map(({ id }) => id));
}

/**
 * Has sources that show the assets unchanged look at their findings all the same, runs under way too: a status may be one
 * that the next sight changes.
 */
export async function lookOnceMore(tx: Tx, subscriptionId: number, assetIds: readonly number[]): Promise<void> {
  for (const table of ["asset_source", "import_asset"]) {
    await sql`UPDATE ${sql.table(table)} SET has_fresh = true
      WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${[...assetIds]}::bigint[]) AND NOT has_fresh`.execute(
      tx,
    );
  }
}

/** What somebody asked to be tested again, and a source that looked since reports as before. */
async function settleRetests(tx: Tx, run: RunKey, assets: readonly { assetId: number; at: number }[]): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    UPDATE finding f SET retest_at = NULL, is_one_time = false,
      status = CASE WHEN (SELECT bool_and(s.is_mitigated) FROM finding_source s WHERE s.subscription_id = f.subscription_id
        AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint AND s.is_present) THEN 'PROTECTED' ELSE 'ACTIVE' END
    FROM json_to_recordset(${JSON.stringify(assets)}::json) AS x("assetId" bigint, at bigint)
    WHERE f.subscription_id = ${run.subscriptionId} AND f.asset_id = x."assetId" AND f.status = 'RETEST'
      AND f.retest_at <= to_timestamp(x.at::float8 / 1000) AND ${isReported(run)}
    RETURNING f.asset_id AS id`.execute(tx);
  await rescoreAssets(
    tx,
    run.subscriptionId,
    rows.map(({ id }) => id),
  );
}

/** The source of the run reports the finding `f`. */
function isReported(run: RunKey) {
  return sql<boolean>`(SELECT true FROM finding_source s WHERE s.subscription_id = f.subscription_id
    AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint AND s.connection_id = ${run.connectionId} AND s.is_present
    LIMIT 1)`;
}
