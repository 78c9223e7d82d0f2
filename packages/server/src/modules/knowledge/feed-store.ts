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

/** What was loaded last of each kind; a kind that never was is not there. */
export async function readFeeds(db: SqlHandle): Promise<FeedRow[]> {
  const { rows } = await sql<FeedRow>`
    SELECT kind, source, version, (extract(epoch FROM published_at) * 1000)::bigint AS "publishedAt",
      (extract(epoch FROM loaded_at) * 1000)::bigint AS "loadedAt", records, changed, is_complete AS "isComplete"
    FROM knowledge_feed`.execute(db);
  return rows;
}

export async function storeFeed(tx: Transaction<unknown>, feed: FeedRow): Promise<void> {
  await sql`
    INSERT INTO knowledge_feed (kind, source, version, published_at, loaded_at, records, changed, is_complete)
    VALUES (${feed.kind}, ${feed.source}, ${feed.version}, to_timestamp(${feed.publishedAt}::float8 / 1000),
      to_timestamp(${feed.loadedAt}::float8 / 1000), ${feed.records}, ${feed.changed}, ${feed.isComplete})
    ON CONFLICT (kind) DO UPDATE SET source = excluded.source, version = excluded.version,
      published_at = CASE WHEN excluded.kind IN ('cve', 'ssvc')
        THEN greatest(knowledge_feed.published_at, excluded.published_at) ELSE excluded.published_at END,
      loaded_at = excluded.loaded_at, records = excluded.records, changed = excluded.changed,
      is_complete = excluded.is_complete`.execute(tx);
}

/** Feeds are loaded by the operator, to whom the first subscription belongs. */
export async function isOperatorSubscription(db: SqlHandle, subscriptionId: number): Promise<boolean> {
  const { rows } = await sql<{ isOperator: boolean }>`
    SELECT ${subscriptionId} = min(id) AS "isOperator" FROM subscription`.execute(db);
  return rows[0]?.isOperator === true;
}
