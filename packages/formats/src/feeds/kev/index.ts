import type { Json } from "../../json/index.ts";
import { type FeedEvent, type FeedParser, toCveId, toDay, toMs } from "../events.ts";
import { jsonFeed, membersOf } from "../json-feed.ts";

type State = { version: string | null; publishedAt: number | null };

/** CISA's catalogue of known exploited vulnerabilities: https://www.cisa.gov/known-exploited-vulnerabilities-catalog */
export const parseKev: FeedParser = jsonFeed<State>({
  start: () => ({ version: null, publishedAt: null }),
  records: {
    catalogVersion: (value, state) => {
      state.version = typeof value === "string" ? value.slice(0, 100) : null;
      return null;
    },
    dateReleased: (value, state) => {
      state.publishedAt = toMs(value);
      return null;
    },
    "vulnerabilities.*": toEntry,
  },
  end: ({ version, publishedAt }) => [
    // Some copies lack the date; the version is one.
    {
      type: "head",
      head: { kind: "kev", source: "CISA KEV", version, publishedAt: publishedAt ?? toVersionMs(version) },
    },
  ],
});

function toEntry(value: Json): FeedEvent | string {
  const { cveID, dateAdded, dueDate, knownRansomwareCampaignUse } = membersOf(value);
  const cveId = toCveId(cveID);
  const addedOn = toDay(dateAdded);
  if (cveId === null) return "cveID is no CVE id";
  if (addedOn === null) return `dateAdded of ${cveId} is no date`;
  const isRansomware = knownRansomwareCampaignUse === "Known" ? true : null;
  return { type: "kev", entry: { cveId, addedOn, dueOn: toDay(dueDate), isRansomware } };
}

function toVersionMs(version: string | null): number | null {
  return toMs(version?.replaceAll(".", "-"));
}
