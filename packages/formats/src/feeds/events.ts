import type { ByteSource, CvssScore, Issue } from "../records.ts";

/** Knowledge of vulnerabilities as public feeds tell it (etm.md 6). */

export type FeedKind = "kev" | "epss" | "cve";

/** What a feed says of itself; dates in epoch ms. Told before the end; later words add to earlier ones. */
export type FeedHead = { kind: FeedKind; source: string; version: string | null; publishedAt: number | null };

/** An entry of CISA's catalogue of known exploited vulnerabilities. Dates are days, `2025-08-25`. */
export type KevEntry = {
  cveId: string;
  addedOn: string;
  dueOn: string | null;
  /** Null: the catalogue does not know. */
  isRansomware: true | null;
};

/** A line of the Exploit Prediction Scoring System, of the feed's day. */
export type EpssEntry = { cveId: string; epss: number; percentile: number | null; on: string };

/** What a CVE record tells, its own container and that of CISA's authorised data publisher. */
export type CveEntry = {
  cveId: string;
  cvss: CvssScore[];
  ssvc: {
    exploitation: "none" | "poc" | "active";
    isAutomatable: boolean | null;
    technicalImpact: "partial" | "total" | null;
  } | null;
  publishedAt: number | null;
  updatedAt: number | null;
};

export type FeedEvent =
  | { type: "head"; head: FeedHead }
  | { type: "kev"; entry: KevEntry }
  | { type: "epss"; entry: EpssEntry }
  | { type: "cve"; entry: CveEntry }
  | { type: "issue"; issue: Issue }
  /** Last event: whether the whole file was read; only then is what it does not list known not to be listed. */
  | { type: "end"; isComplete: boolean };

export type FeedParser = (source: ByteSource) => AsyncGenerator<FeedEvent[]>;

/** Upper case; null when the text is no CVE id. */
export function toCveId(value: unknown): string | null {
  const text = typeof value === "string" ? value.trim().toUpperCase() : "";
  return /^CVE-\d{4}-\d{4,19}$/.test(text) ? text : null;
}

/** A day as `yyyy-mm-dd`; null when the text is none. */
export function toDay(value: unknown): string | null {
  const day = typeof value === "string" ? (/^(\d{4}-\d{2}-\d{2})(?:$|T)/.exec(value.trim())?.[1] ?? null) : null;
  return day !== null && !Number.isNaN(Date.parse(day)) && new Date(day).toISOString().startsWith(day) ? day : null;
}

/** Epoch ms of an ISO 8601 time, UTC where it names no zone; null when the text is none. */
export function toMs(value: unknown): number | null {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(value)) return null;
  const text = value.trim();
  const ms = Date.parse(/T[\d:.]+$/.test(text) ? `${text}Z` : text);
  return Number.isNaN(ms) ? null : ms;
}
