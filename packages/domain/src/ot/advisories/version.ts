/** One step of a version: a number, or a placeholder (`X`, `*`) that stands for any. */
export type VersionPart = number | "any";

/**
 * A version as it is compared. `suffixes` has a number for every kind of {@link suffixKinds}; 0 where the version has
 * none, so that `V14` is older than `V14 SP1`, and that than `V14 SP1 Update 3`.
 */
export type Version = { parts: readonly VersionPart[]; suffixes: readonly number[] };

/**
 * Kinds of suffix, the most significant first, each with its spellings. The order is the one in which vendors nest them:
 * a hotfix is made for an update, an update for a service pack, a service pack for a release.
 */
const suffixKinds: readonly RegExp[] = [
  /^r(?=\d)|^rel(ease)?\b\.?/i,
  /^(sp|service ?pack)/i,
  /^(fp|feature ?pack)/i,
  /^mp/i,
  /^(upd(ate)?\b\.?|upd(?=\d)|update(?=\d)|u(?=\d{1,3}(?!\d)))/i,
  /^(sr|ru|qu)(?=\d| )/i,
  /^(hf|hotfix(?: ?rev)?)/i,
  /^(patch|p(?=\d))/i,
  /^(build(?: ?nr)?\b\.?|build(?=\d))/i,
];
const letterSlot = 0;
const dashSlot = suffixKinds.length + 1;
const slotCount = suffixKinds.length + 2;

const maxParts = 16;
const maxLength = 200;
/** Words that stand before a version and say nothing about it. */
const prefix =
  /^(?:(?:firmware|fw|versions?|ver|rev(?:ision)?|bios|software)\b[. ]*|(?:fw|rev|ver)[. ]*(?=\d))*(?:[vr]\.? ?(?=\d))?/i;

/** A version at the beginning of a text, and what follows it. */
export type VersionHead = { version: Version; rest: string };

/**
 * Reads the version that a text begins with: `V3.2.7`, `33.011`, `V14 SP1 Update 3`, `3.X.17`, `11.2a`,
 * `02.20.142.10-10884`. Numbers beyond 15 digits are none.
 *
 * @returns null when it does not begin with one
 */
export function readVersion(text: string): VersionHead | null {
  const body = text.slice(0, maxLength).trimStart().replace(prefix, "");
  const head = /^\d{1,15}(?![\d])(?:\.(?:\d{1,15}|[xX*](?![a-z])))*/i.exec(body)?.[0];
  if (head === undefined) return null;
  const parts = head.split(".").map((part): VersionPart => (/^\d+$/.test(part) ? Number(part) : "any"));
  if (parts.length > maxParts) return null;
  const suffixes = new Array<number>(slotCount).fill(0);
  let rest = body.slice(head.length);
  // `8.1x` leaves open what follows the 1; `7x` may be 70 as well as 7.0.
  if (/^x(?![a-z0-9])/i.test(rest)) {
    return parts.length === 1
      ? null
      : { version: { parts: [...parts.slice(0, -1), "any"], suffixes }, rest: rest.slice(1) };
  }
  // `02.07.07(10)` is finer than what devices tell.
  const finer = /^ ?\(\d{1,4}\)/.exec(rest);
  if (finer) return { version: { parts: [...parts, "any"], suffixes }, rest: rest.slice(finer[0].length) };
  const letter = /^([a-z])(?![a-z0-9.])/i.exec(rest);
  if (letter) {
    suffixes[letterSlot] = letter[1]!.toLowerCase().charCodeAt(0) - 96;
    rest = rest.slice(1);
  }
  const dash = parts.length > 1 ? /^-(\d{1,15})(?![\d.])/.exec(rest) : null;
  if (dash) {
    suffixes[dashSlot] = Number(dash[1]);
    rest = rest.slice(dash[0].length);
  }
  return { version: { parts, suffixes }, rest: readSuffixes(rest, suffixes) };
}

/** Fills in the suffixes that a text begins with. @returns what follows them */
function readSuffixes(text: string, suffixes: number[]): string {
  let rest = text;
  for (;;) {
    const gap = /^[ .,_-]*/.exec(rest)![0].length;
    const found = readSuffix(rest.slice(gap));
    if (found === null || suffixes[found.slot] !== 0) return rest;
    suffixes[found.slot] = found.number;
    rest = rest.slice(gap + found.length);
  }
}

function readSuffix(text: string): { slot: number; number: number; length: number } | null {
  for (const [index, kind] of suffixKinds.entries()) {
    const word = kind.exec(text)?.[0];
    if (word === undefined) continue;
    const number = /^[ .]*(\d{1,15})([a-z](?![a-z0-9]))?(?![\d.])/i.exec(text.slice(word.length));
    if (number === null) return null;
    // `Update 3a` comes after `Update 3` and before `Update 4`.
    const letter = number[2] === undefined ? 0 : (number[2].toLowerCase().charCodeAt(0) - 96) / 32;
    return { slot: index + 1, number: Number(number[1]) + letter, length: word.length + number[0].length };
  }
  return null;
}

/** The version that a whole text is; null when it is more, or none. */
export function parseVersion(text: string): Version | null {
  const head = readVersion(text);
  return head === null || head.rest.trim() !== "" ? null : head.version;
}

/**
 * How a version stands to one that a statement names.
 * - `covered`: the named one ends in a placeholder that stands for this one too: 7.5 and `7.X`
 * - `finer`: the named one is a bare major number and this one a version of it: 33.11 and `33`
 * - `open`: a placeholder stands where they would differ
 */
export type Comparison = "less" | "equal" | "greater" | "covered" | "finer" | "open";

/** What a version is to one that a statement names, which may have placeholders. */
export function compareVersions(version: Version, named: Version): Comparison {
  const length = Math.max(version.parts.length, named.parts.length);
  for (let at = 0; at < length; at++) {
    const mine = version.parts[at] ?? 0;
    const theirs = named.parts[at] ?? 0;
    if (named.parts.slice(at).length > 0 && named.parts.slice(at).every((part) => part === "any")) {
      return hasSuffix(named) ? "open" : "covered";
    }
    if (mine === "any" || theirs === "any") return "open";
    if (mine === theirs) continue;
    if (at > 0 && named.parts.length === 1 && !hasSuffix(named)) return "finer";
    return mine < theirs ? "less" : "greater";
  }
  const order = orderSuffixes(version, named);
  return order === 0 ? "equal" : order < 0 ? "less" : "greater";
}

/** The order of versions without placeholders: numeric by part, missing parts are 0, then by suffix. Total. */
export function orderVersions(a: Version, b: Version): number {
  for (let at = 0; at < Math.max(a.parts.length, b.parts.length); at++) {
    const difference = numberOf(a.parts[at]) - numberOf(b.parts[at]);
    if (difference !== 0) return Math.sign(difference);
  }
  return orderSuffixes(a, b);
}

function numberOf(part: VersionPart | undefined): number {
  return part === undefined || part === "any" ? 0 : part;
}

function orderSuffixes(a: Version, b: Version): number {
  const slot = a.suffixes.findIndex((number, at) => number !== b.suffixes[at]);
  return slot < 0 ? 0 : Math.sign(a.suffixes[slot]! - b.suffixes[slot]!);
}

function hasSuffix({ suffixes }: Version): boolean {
  return suffixes.some((number) => number !== 0);
}
