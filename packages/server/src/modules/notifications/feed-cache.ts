import type { FeedSource } from "./service.ts";

/** Anybody may ask for the feed: what it is made from is read at most about once a second, however many ask. */
const BELIEVED_MS = 900;

/** What the feed is made from, kept for a moment; who asks at the same time waits for the same reading. */
export type FeedCache = {
  read(): Promise<FeedSource>;
  /** After an edit made on this node: the next who asks sees it. */
  forget(): void;
};

export function cacheFeedSource(load: () => Promise<FeedSource>, nowMs = () => performance.now()): FeedCache {
  let kept: { source: Promise<FeedSource>; readAt: number } | undefined;
  return {
    read() {
      if (kept && nowMs() - kept.readAt < BELIEVED_MS) return kept.source;
      const reading = { source: load(), readAt: nowMs() };
      kept = reading;
      // What failed is not kept: the next who asks tries again.
      reading.source.catch(() => {
        if (kept === reading) kept = undefined;
      });
      return reading.source;
    },
    forget() {
      kept = undefined;
    },
  };
}
