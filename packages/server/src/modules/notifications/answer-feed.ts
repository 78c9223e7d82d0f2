import { Readable } from "node:stream";
import type { Answer } from "../../binding.ts";
import { isNotModified, toEtag } from "../../conditional.ts";
import { negotiate } from "../../negotiate.ts";
import { toFeedItems } from "./feed-items.ts";
import { FEED_TYPES, type FeedFormat, renderFeed } from "./render-feed.ts";
import type { FeedSource } from "./service.ts";

/** Of a request; names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

const OFFERS = {
  rss: ["application/rss+xml", "application/xml", "text/xml"],
  atom: ["application/atom+xml"],
  json: ["application/feed+json", "application/json"],
} as const;

/** The feed's format for a request that does not name one. */
export function negotiateFormat(headers: Headers): FeedFormat {
  return negotiate(headers.accept, OFFERS);
}

/**
 * The feed, or 304 for whoever has it.
 *
 * @param request.path where the feed was asked for, with its query: the feed names itself so
 */
export function answerFeed(
  source: FeedSource,
  request: { headers: Headers; format: FeedFormat; baseUrl: string; path: string; nowMs: number },
): Answer {
  const { headers, format, baseUrl, nowMs } = request;
  const modifiedAt = Math.floor(findModification(source, nowMs) / 1000) * 1000;
  const items = toFeedItems(source, { baseUrl, nowMs });
  const text = renderFeed({ baseUrl, selfUrl: baseUrl + request.path, items }, format);
  const etag = toEtag(text);
  const validators = { ETag: etag, "Last-Modified": new Date(modifiedAt).toUTCString(), Vary: "Accept" };
  if (isNotModified(headers, { etag, modifiedAt })) return { status: 304, empty: true, headers: validators };
  // As bytes of a stream it is never compressed: a strong ETag is one of exactly these bytes.
  const bytes = Buffer.from(text);
  const stream = Readable.from([bytes], { objectMode: false });
  return { stream, bytes: bytes.length, contentType: FEED_TYPES[format], headers: validators };
}

/** The data's last change, or the last transition since: it changes the dates of entries. */
function findModification({ entries, changedAt }: FeedSource, nowMs: number): number {
  const passed = entries.flatMap(({ eosAt, eolAt }) => [eosAt ?? 0, eolAt ?? 0]).filter((at) => at <= nowMs);
  return Math.max(changedAt, ...passed);
}
