import type { Feed } from "@breakwater/contract/schemas/feed";
import type { Static } from "typebox";
import { FEED_KINDS, type FeedRow } from "./feed-store.ts";

const DAY_MS = 86_400_000;

/** Advisories are the subscription's own; the other kinds are the same for all. */
const KINDS = [...FEED_KINDS, "csaf"] as const;
type Loaded = Omit<FeedRow, "kind"> & { kind: (typeof KINDS)[number] };

/** Every kind of feed, loaded or never. */
export function toFeeds(rows: readonly Loaded[], nowMs: number): Static<typeof Feed>[] {
  const byKind = new Map(rows.map((row) => [row.kind, row]));
  return KINDS.map((kind) => {
    const row = byKind.get(kind);
    if (!row) {
      const nothing = { source: null, version: null, publishedDate: null, loadedDate: null, ageDays: null };
      return { kind, status: "NEVER_LOADED", ...nothing, recordCount: 0, changedCount: 0 };
    }
    const { source, version, publishedAt, loadedAt, records, changed, isComplete } = row;
    return {
      kind,
      status: isComplete ? "LOADED" : "INCOMPLETE",
      source,
      version,
      publishedDate: publishedAt,
      loadedDate: loadedAt,
      ageDays: Math.max(0, Math.floor((nowMs - (publishedAt ?? loadedAt)) / DAY_MS)),
      recordCount: records,
      changedCount: changed,
    };
  });
}
