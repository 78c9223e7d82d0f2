import { sql, type Transaction } from "kysely";
import type { SqlHandle } from "../../db/pool.ts";

export const FEED_KINDS = ["kev", "epss", "cve", "ssvc"] as const;
export type StoredFeedKind = (typeof FEED_KINDS)[number];

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

/**
 * Whether a part of a feed tells nothing that the whole one had not: all of that stays known, so it goes on standing for the
 * kind. CVE records come in any number, and the last load of them stands.
 */
export function isStandingKept(
  former: Pick<FeedRow, "kind" | "publishedAt" | "isComplete"> | undefined,
  { publishedAt, isComplete }: Pick<FeedRow, "publishedAt" | "isComplete">,
  nowMs: number,
): boolean {
  if (!former?.isComplete || isComplete || former.kind === "cve" || former.kind === "ssvc") return false;
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
  const isNewest = former && !isAhead(former.publishedAt, feed.loadedAt) && ["cve", "ssvc"].includes(feed.kind);
  const publishedAt = isNewest ? Math.max(former.publishedAt ?? 0, feed.publishedAt ?? 0) || null : feed.publishedAt;
  const loadedAt = sql`to_timestamp(${feed.loadedAt}::float8 / 1000)`;
  await sql`
    INSERT INTO knowledge_feed AS k (kind, source, version, published_at, loaded_at, records, changed, is_complete, whole_at)
    VALUES (${feed.kind}, ${feed.source}, ${feed.version}, to_timestamp(${publishedAt}::float8 / 1000), ${loadedAt},
      ${feed.records}, ${feed.changed}, ${feed.isComplete}, CASE WHEN ${feed.isComplete} THEN ${loadedAt} END)
    ON CONFLICT (kind) DO UPDATE SET source = excluded.source, version = excluded.version,
      published_at = excluded.published_at, loaded_at = excluded.loaded_at, records = excluded.records,
      changed = excluded.changed, is_complete = excluded.is_complete,
      whole_at = coalesce(excluded.whole_at, k.whole_at)`.execute(tx);
}

/** Feeds are loaded by the operator, to whom the first subscription belongs. */
export async function isOperatorSubscription(db: SqlHandle, subscriptionId: number): Promise<boolean> {
  const { rows } = await sql<{ isOperator: boolean }>`
    SELECT ${subscriptionId} = min(id) AS "isOperator" FROM subscription`.execute(db);
  return rows[0]?.isOperator === true;
}
