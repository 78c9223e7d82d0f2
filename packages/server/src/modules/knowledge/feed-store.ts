import { FEED_FORMATS } from "@breakwater/contract";
import { sql, type Transaction } from "kysely";
import type { SqlHandle } from "../../db/pool.ts";

export const FEED_KINDS = ["kev", "epss", "cve", "ssvc"] as const;
export type StoredFeedKind = (typeof FEED_KINDS)[number];

/** As the feed of CVE records is called wherever it is told of. */
export const CVE_RECORDS = "CVE records";

export type FeedRow = {
  kind: StoredFeedKind;
  source: string;
  version: string | null;
  /** Epoch ms, as the next. */
  publishedAt: number | null;
  loadedAt: number;
  records: number;
  changed: number;
  isComplete: boolean;
};

/** A feed cannot be of a later time than this after now: time zones and clocks that are a little wrong are forgiven. */
export const MAX_AHEAD_MS = 86_400_000;

/** What was loaded last of each kind; a kind that never was is not there. */
export async function readFeeds(db: SqlHandle): Promise<FeedRow[]> {
  const { rows } = await sql<FeedRow>`
    SELECT kind, source, version, (extract(epoch FROM published_at) * 1000)::bigint AS "publishedAt",
      (extract(epoch FROM loaded_at) * 1000)::bigint AS "loadedAt", records, changed, is_complete AS "isComplete"
    FROM knowledge_feed`.execute(db);
  return rows;
}

/** Records come in pieces of any size, and what stands for them is all that is known. */
function isOfRecords(kind: StoredFeedKind): kind is "cve" | "ssvc" {
  return kind === "cve" || kind === "ssvc";
}

/**
 * Whether a part of a feed tells nothing that the whole one had not: all of that stays known, so it goes on standing for the
 * kind. Nothing like that is to be known of CVE records.
 */
export function isStandingKept(
  former: Pick<FeedRow, "kind" | "publishedAt" | "isComplete"> | undefined,
  { publishedAt, isComplete }: Pick<FeedRow, "publishedAt" | "isComplete">,
  nowMs: number,
): boolean {
  if (!former?.isComplete || isComplete || isOfRecords(former.kind)) return false;
  if (publishedAt === null) return true;
  return former.publishedAt !== null && !isAhead(former.publishedAt, nowMs) && publishedAt <= former.publishedAt;
}

/** Whether that is a date that no feed has yet. */
export function isAhead(publishedAt: number | null, nowMs: number): boolean {
  return publishedAt !== null && publishedAt > nowMs + MAX_AHEAD_MS;
}

/** Whether what the feed does not list is known not to be listed. */
export async function hasBeenWhole(tx: Transaction<unknown>, kind: StoredFeedKind): Promise<boolean> {
  const { rows } = await sql`SELECT FROM knowledge_feed WHERE kind = ${kind} AND whole_at IS NOT NULL`.execute(tx);
  return rows.length > 0;
}

/** Puts the feed in the place of the one that was loaded last, unless {@link isStandingKept}. */
export async function storeFeed(tx: Transaction<unknown>, feed: FeedRow): Promise<void> {
  const former = (await readFeeds(tx)).find(({ kind }) => kind === feed.kind);
  if (isStandingKept(former, feed, feed.loadedAt)) return;
  const { records, publishedAt } = isOfRecords(feed.kind) ? await readRecords(tx, feed.kind, feed.loadedAt) : feed;
  const loadedAt = sql`to_timestamp(${feed.loadedAt}::float8 / 1000)`;
  await sql`
    INSERT INTO knowledge_feed AS k (kind, source, version, published_at, loaded_at, records, changed, is_complete, whole_at)
    VALUES (${feed.kind}, ${feed.source}, ${feed.version}, to_timestamp(${publishedAt}::float8 / 1000), ${loadedAt},
      ${records}, ${feed.changed}, ${feed.isComplete}, CASE WHEN ${feed.isComplete} THEN ${loadedAt} END)
    ON CONFLICT (kind) DO UPDATE SET source = excluded.source, version = excluded.version,
      published_at = excluded.published_at, loaded_at = excluded.loaded_at, records = excluded.records,
      changed = excluded.changed, is_complete = excluded.is_complete,
      whole_at = coalesce(excluded.whole_at, k.whole_at)`.execute(tx);
}

/** How many CVE records are known, or of them those with SSVC, and the date of the newest. */
async function readRecords(
  tx: Transaction<unknown>,
  kind: "cve" | "ssvc",
  nowMs: number,
): Promise<Pick<FeedRow, "records" | "publishedAt">> {
  const isCounted =
    kind === "ssvc"
      ? sql`ssvc_exploitation IS NOT NULL`
      : sql`num_nonnulls(record_updated_at, published_at, ssvc_exploitation, cvss_version) > 0`;
  const { rows } = await sql<Pick<FeedRow, "records" | "publishedAt">>`
    SELECT count(*) AS records, (extract(epoch FROM max(record_updated_at)
      FILTER (WHERE record_updated_at <= to_timestamp(${nowMs + MAX_AHEAD_MS}::float8 / 1000))) * 1000)::bigint AS "publishedAt"
    FROM cve_knowledge WHERE ${isCounted}`.execute(tx);
  return rows[0]!;
}

/**
 * Whether an upload of CVE records broke off since they were whole, and none has made up for it: a whole one of its name, or
 * this one by being of as many records as are known. Any other is another piece.
 *
 * @param job which has read CVE records to their end, and has not ended yet
 */
export async function isCvePieceMissing(
  tx: Transaction<unknown>,
  { subscriptionId, jobId }: { subscriptionId: number; jobId: string },
  { records, nowMs }: { records: number; nowMs: number },
): Promise<boolean> {
  const standing = await sql<{ isComplete: boolean; wholeAt: Date | null }>`
    SELECT is_complete AS "isComplete", whole_at AS "wholeAt" FROM knowledge_feed WHERE kind = 'cve'`.execute(tx);
  const former = standing.rows[0];
  if (!former || former.isComplete || records >= (await readRecords(tx, "cve", nowMs)).records) return false;
  const isBroken = (job: string) => sql`EXISTS (SELECT FROM import_issue i WHERE i.subscription_id = ${subscriptionId}
    AND i.job_id = ${sql.ref(`${job}.id`)} AND i.code = 'feed-incomplete' AND i.location LIKE ${`%${CVE_RECORDS}%`})`;
  const { rows } = await sql`
    WITH loads AS (SELECT id, file_name, created_at, id = ${jobId} AS is_this FROM import_job
      WHERE subscription_id = ${subscriptionId} AND format = ANY (${FEED_FORMATS}::text[])
        AND (id = ${jobId} OR status = 'COMPLETED' AND completed_at > coalesce(${former.wholeAt}::timestamptz, '-infinity')))
    SELECT FROM loads b WHERE NOT b.is_this AND ${isBroken("b")} AND NOT EXISTS (
      SELECT FROM loads w WHERE w.file_name = b.file_name AND (w.is_this OR w.created_at > b.created_at AND NOT ${isBroken("w")}))
    LIMIT 1`.execute(tx);
  return rows.length > 0;
}

/** Feeds are loaded by the operator, to whom the first subscription belongs. */
export async function isOperatorSubscription(db: SqlHandle, subscriptionId: number): Promise<boolean> {
  const { rows } = await sql<{ isOperator: boolean }>`
    SELECT ${subscriptionId} = min(id) AS "isOperator" FROM subscription`.execute(db);
  return rows[0]?.isOperator === true;
}
