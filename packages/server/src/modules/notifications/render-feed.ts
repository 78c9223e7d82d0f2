import { Feed } from "feed";
import { escapeHtml } from "../../html.ts";
import type { FeedItem } from "./feed-items.ts";

export const FEED_TYPES = {
  rss: "application/rss+xml;charset=UTF-8",
  atom: "application/atom+xml;charset=UTF-8",
  json: "application/feed+json;charset=UTF-8",
} as const;

export type FeedFormat = keyof typeof FEED_TYPES;

/** What XML 1.0 cannot hold, not even as a reference. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu;

/**
 * The feed as text. The library puts texts into CDATA as they are and ends it where they do, so they are HTML by then:
 * no `>` is left in them. It is as old as its newest item, so that it follows from its content alone.
 */
export function renderFeed(
  feed: { baseUrl: string; selfUrl: string; items: readonly FeedItem[] },
  format: FeedFormat,
): string {
  const { baseUrl, selfUrl, items } = feed;
  const made = new Feed({
    id: "urn:breakwater:notifications",
    title: "Breakwater API notifications",
    description: "Announcements, ends of service and ends of life of API versions, and release notes.",
    link: `${baseUrl}/docs/versions`,
    language: "en",
    copyright: "",
    generator: "Breakwater",
    updated: new Date(Math.max(0, ...items.map(({ publishedAt }) => publishedAt))),
    author: { name: "Breakwater" },
    feedLinks: { [format]: selfUrl },
  });
  for (const { guid, title, text, link, publishedAt } of items) {
    const date = new Date(publishedAt);
    // JSON Feed's title is plain text; the others' is read as HTML.
    const shown = format === "json" ? title : toHtml(title);
    made.addItem({ id: guid, guid, title: shown, link, date, published: date, description: toHtml(text) });
  }
  if (format === "rss") return made.rss2();
  return format === "atom" ? made.atom1() : made.json1();
}

function toHtml(text: string): string {
  return escapeHtml(text.replaceAll(NOT_XML, "\ufffd")).replaceAll(/\r\n|\r|\n/g, "<br/>");
}
