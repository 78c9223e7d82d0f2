import type { StoredEntry } from "../lifecycle/index.ts";

/** One entry of the feed, before it has a format. */
export type FeedItem = {
  /** The same for ever: a URN of operation and transition, or of the note. */
  guid: string;
  title: string;
  /** Plain text. */
  text: string;
  link: string;
  /** Epoch ms. */
  publishedAt: number;
};

/** A release note, shipped or the operator's. */
export type ReleaseNote = { guid: string; title: string; text: string; link: string | null; publishedAt: number };

/** What the feed shows at most, newest first. */
const MAX_ITEMS = 200;

/**
 * The feed's entries, newest first: announcement, end of service and end of life of each version that has dates, and
 * release notes. A transition to come is dated by its announcement, so that readers show it at once; one that has come, by
 * its own time. The result follows from the data and the transitions passed: every node makes the same.
 *
 * @param baseUrl where links lead, without a slash at the end
 */
export function toFeedItems(
  source: { entries: readonly StoredEntry[]; notes: readonly ReleaseNote[] },
  options: { baseUrl: string; nowMs: number },
): FeedItem[] {
  const policy = `${options.baseUrl}/docs/versions`;
  const items = [
    ...source.entries.flatMap((entry) => toVersionItems(entry, policy, options.nowMs)),
    ...source.notes.map((note) => ({ ...note, link: note.link ?? `${options.baseUrl}/docs` })),
  ];
  return items.sort((a, b) => b.publishedAt - a.publishedAt || (a.guid < b.guid ? -1 : 1)).slice(0, MAX_ITEMS);
}

function toVersionItems(entry: StoredEntry, link: string, nowMs: number): FeedItem[] {
  const { api, deprecatedAt, eosAt, eolAt, announcedAt } = entry;
  if (deprecatedAt === null && eosAt === null && eolAt === null) return [];
  const item = (name: string, title: string, text: string, at?: number): FeedItem => ({
    guid: `urn:breakwater:version:${api.replace(" ", ":")}:${name}`,
    title: `${api}: ${title}`,
    text,
    link,
    publishedAt: at !== undefined && at <= nowMs ? at : announcedAt,
  });
  const dates = describeDates(entry);
  const items = [item("announcement", "dates of its retirement", dates)];
  if (eosAt !== null) {
    const text = `End of service is on ${toDay(eosAt)}: it works on, without support and further development. ${dates}`;
    items.push(item("eos", `end of service on ${toDay(eosAt)}`, text, eosAt));
  }
  if (eolAt !== null) {
    const kept = entry.lenientState === "active" || entry.lenientState === "eos";
    const note = kept ? " An installation with the lenient profile goes on serving it." : "";
    const text = `End of life is on ${toDay(eolAt)}: from then on it is not served.${note} ${dates}`;
    items.push(item("eol", `end of life on ${toDay(eolAt)}`, text, eolAt));
  }
  return items;
}

function describeDates({ deprecatedAt, eosAt, eolAt, successor }: StoredEntry): string {
  const date = (timeMs: number | null) => (timeMs === null ? "not planned" : toDay(timeMs));
  return [
    ...(deprecatedAt === null ? [] : [`Deprecated: ${date(deprecatedAt)}.`]),
    `End of service: ${date(eosAt)}.`,
    `End of life: ${date(eolAt)}.`,
    successor === null ? "There is no successor." : `Successor: ${successor}.`,
  ].join(" ");
}

function toDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
