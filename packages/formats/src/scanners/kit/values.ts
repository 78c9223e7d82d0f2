import type { Json, JsonObject } from "../../json/index.ts";
import type { CvssScore, Severity } from "../../records.ts";
import { baseScoreOf } from "./cvss-base-score.ts";

/**
 * Values as sources write them, read leniently: what cannot be read is null or left out, never a guess.
 */

const CVE = /\bCVE-\d{4}-\d{4,19}\b/gi;
const CWE = /(?:\bCWE[-: ]?|^)(\d{1,6})\b/i;
const ALIAS =
  /^(GHSA-[23456789cfghjmpqrvwx]{4}-[23456789cfghjmpqrvwx]{4}-[23456789cfghjmpqrvwx]{4}|[A-Z][A-Z0-9]{1,15}-[A-Z0-9][A-Z0-9:.-]{1,60})$/i;
const VECTOR = /^[A-Za-z0-9:./]{1,250}$/;

/** CVE ids anywhere in the texts: upper case, sorted, without repeats. */
export function toCves(...texts: readonly (unknown | readonly unknown[])[]): string[] {
  const found = texts.flat().flatMap((text) => (typeof text === "string" ? (text.match(CVE) ?? []) : []));
  return [...new Set(found.map((id) => id.toUpperCase()))].sort();
}

/**
 * A software component as the instance of a finding: `name@version`. All scanners know these two, while package URLs and
 * paths are spelled differently by each and would keep the same thing from being recognised as one.
 */
export function toComponent(name: string, version: string): string {
  return version === "" ? name : `${name}@${version}`;
}

/** CWE ids as `CWE-79`, from numbers and texts, sorted by number. */
export function toCwes(...values: readonly (unknown | readonly unknown[])[]): string[] {
  const numbers = values.flat().flatMap((value) => {
    const digits = CWE.exec(String(value ?? "").trim())?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return [...new Set(numbers.filter((number) => number > 0))].sort((a, b) => a - b).map((id) => `CWE-${id}`);
}

/** Names of a weakness other than CVEs, e.g. `GHSA-…`, `DSA-5123-1`: upper case, sorted. */
export function toAliases(...values: readonly (unknown | readonly unknown[])[]): string[] {
  const found = values.flat().flatMap((value) => {
    const text = typeof value === "string" ? value.trim().toUpperCase() : "";
    return ALIAS.test(text) && !text.startsWith("CVE-") && !text.startsWith("CWE-") ? [text] : [];
  });
  return [...new Set(found)].sort();
}

const SEVERITY_WORDS: Readonly<Record<string, Severity>> = {
  critical: 5,
  fatal: 5,
  urgent: 5,
  serious: 4,
  high: 4,
  important: 4,
  error: 4,
  major: 4,
  medium: 3,
  moderate: 3,
  warning: 3,
  low: 2,
  minor: 2,
  note: 2,
  informational: 1,
  information: 1,
  info: 1,
  log: 1,
  none: 1,
  negligible: 1,
  minimal: 1,
  unknown: 1,
  undefined: 1,
};

/** The product's severity for a word that sources use, whatever its case; null for another word. */
export function severityOfWord(word: unknown): Severity | null {
  return typeof word === "string" ? (SEVERITY_WORDS[word.trim().toLowerCase()] ?? null) : null;
}

/** By the qualitative scale of CVSS 3: none, low, medium, high, critical. */
export function severityOfScore(score: number | null): Severity | null {
  if (score === null || !(score >= 0 && score <= 10)) return null;
  if (score >= 9) return 5;
  if (score >= 7) return 4;
  if (score >= 4) return 3;
  return score > 0 ? 2 : 1;
}

/** A finite number from a number or a decimal text; null otherwise. */
export function toNumber(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "string" || !/^\s*[+-]?\d{1,15}(\.\d{1,15})?\s*$/.test(value)) return null;
  return Number(value);
}

/** A port 1 to 65535; null for 0 and everything else: 0 stands for "the host itself" in most sources. */
export function toPort(value: unknown): number | null {
  const port = toNumber(value);
  return port !== null && Number.isInteger(port) && port > 0 && port <= 65_535 ? port : null;
}

/**
 * One CVSS score; null when neither vector nor score can be read. The version is the vector's own, else as given. A score
 * that is not told is the one that the vector stands for, where that can be calculated (CVSS 3).
 */
export function toCvss(input: {
  vector?: unknown;
  score?: unknown;
  version?: CvssScore["version"] | undefined;
}): CvssScore | null {
  const text =
    typeof input.vector === "string"
      ? input.vector
          .trim()
          .replace(/^\(|\)$/g, "")
          .replace(/^CVSS2#/, "")
      : "";
  const vector = text !== "" && VECTOR.test(text) ? text : null;
  const number = toNumber(input.score);
  const score = number !== null && number >= 0 && number <= 10 ? number : null;
  // Without a vector 0 is how sources write that they know of none; what has no impact has a vector that says so.
  if (vector === null && (score === null || score === 0)) return null;
  const version = versionOf(vector) ?? input.version;
  return version === undefined ? null : { version, vector, score: score ?? baseScoreOf(vector ?? "") };
}

function versionOf(vector: string | null): CvssScore["version"] | undefined {
  if (vector === null) return undefined;
  const written = /^CVSS:(3\.0|3\.1|4\.0)\//.exec(vector)?.[1] as CvssScore["version"] | undefined;
  return written ?? (/^AV:[LAN]\/AC:[LMH]\/Au:/.test(vector) ? "2.0" : undefined);
}

/** Earliest and latest time that is believed: sources write 0 and 9999 for "unknown". */
const FIRST_MS = Date.UTC(1990, 0, 1);
const LAST_MS = Date.UTC(2100, 0, 1);
const ISO_LIKE =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * Epoch ms of an ISO 8601 time (also with blanks or slashes), or of epoch seconds or milliseconds; null for anything else,
 * dates that no calendar has, and times before 1990 or after 2099. Without a zone it is read as UTC.
 */
export function toTime(value: unknown): number | null {
  if (typeof value === "number" || (typeof value === "string" && /^\d{9,13}(\.\d+)?$/.test(value.trim()))) {
    const number = Number(value);
    return inRange(number < 1e11 ? number * 1000 : number);
  }
  if (typeof value !== "string") return null;
  const match = ISO_LIKE.exec(value.trim());
  if (!match) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  return inRange(utcTime([year, month, day, hour, minute, second].map(Number), Number(fraction || 0), zone));
}

/** @param parts year, month from 1, day, hour, minute, second; NaN for what no calendar has */
export function utcTime(parts: readonly number[], fraction = 0, zone = "Z"): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(at);
  // Date.UTC rolls 31 February over into March; a date that does not come back unchanged is none.
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day || hour > 23 || minute > 59) return Number.NaN;
  const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  const offsetMs = offset ? (Number(offset[2]) * 60 + Number(offset[3])) * 60_000 * (offset[1] === "-" ? -1 : 1) : 0;
  return at + Math.round(fraction * 1000) - offsetMs;
}

function inRange(timeMs: number): number | null {
  return timeMs >= FIRST_MS && timeMs < LAST_MS ? Math.trunc(timeMs) : null;
}

/** Of what several records say of a fix: that there is one, else that there is none, else nothing. */
export function anyFix(...words: readonly (boolean | null | undefined)[]): boolean | null {
  if (words.includes(true)) return true;
  return words.includes(false) ? false : null;
}

/** The text, trimmed; empty for anything that is none. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value.trim();
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;
const IPV6 = /^(?=.*:.*:)[0-9a-f:]{2,39}(?:%[\w.-]+)?$/i;

export function isIpAddress(text: string): boolean {
  // Six groups are a hardware address.
  return IPV4.test(text) || (IPV6.test(text) && (text.includes("::") || text.split(":").length === 8));
}

/** Lower case and colon separated, from the usual spellings; null for what is no MAC. */
export function toMac(text: string): string | null {
  const digits = text
    .trim()
    .toLowerCase()
    .replaceAll(/[:.\-\s]/g, "");
  return /^[0-9a-f]{12}$/.test(digits) ? (digits.match(/../g) as string[]).join(":") : null;
}

/** The value if it is an object; an empty one otherwise, so that members of what is not there are undefined. */
export function asObject(value: Json | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** The value if it is an array; an empty one otherwise. */
export function asArray(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** Scores of which each version is told once, the first that was. */
export function firstOfEachVersion(scores: readonly (CvssScore | null)[]): CvssScore[] {
  const known = scores.filter((score) => score !== null);
  return known.filter((score, index) => known.findIndex(({ version }) => version === score.version) === index);
}
