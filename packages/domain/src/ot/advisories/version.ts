/** One step of a version: a number, or a placeholder (`X`, `*`) that stands for any. */
export type VersionPart = number | "any";

/**
 * A version as it is compared. `suffixes` has a number for every kind of {@link suffixKinds}; 0 where the version has
 * none, so that `V14` is older than `V14 SP1`, and that than `V14 SP1 Update 3`.
 */
export type Version = {
  /** Empty where all that is told is a firmware index. */
  parts: readonly VersionPart[];
  suffixes: readonly number[];
  /** WAGO's firmware index: `FW14`, and the number behind `01.09.18(18)`. Nothing else can be compared with it. */
  index: number | null;
  /** The train of a Cisco release, `E` of `15.2(6)E0a`; those of different trains are compared by their numbers only. */
  train: string | null;
  /** Something follows that is no number, `2.5-GA-01`: where the parts end, the order is not known. */
  isVague: boolean;
  /** Three parts or more, the first with a leading zero: the notation of devices that also have an index. */
  isPadded: boolean;
};

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
  /^(sr|ru|qu|cu|q)(?=\d| )/i,
  /^(hf|hotfix(?: ?rev)?)/i,
  /^(patch|p(?=\d))/i,
  /^(build(?: ?nr)?\b\.?|build(?=\d))/i,
];
const letterSlot = 0;
const buildSlot = suffixKinds.length;
const dashSlot = suffixKinds.length + 1;
const rebuildSlot = suffixKinds.length + 2;
const slotCount = suffixKinds.length + 3;

const maxParts = 16;
const maxLength = 200;
/** Words that stand before a version and say nothing about it. */
const prefix =
  /^(?:(?:firmware|fw|versions?|ver|rev(?:ision)?|bios|software|sw)\b[. ]*|(?:fw|rev|ver|sv|sw|se(?=20\d\d)|[a-z]{2,4}-(?=v\d))[. ]*(?=[v\d]))*(?:[vr]\.? ?(?=\d))?/i;
const firmwareIndex = /^FW ?(\d{1,2})(?![\d.])/i;
const ciscoRelease =
  /^(\d{1,2})\.(\d{1,2})[({](\d{1,3})([a-z])?[)}] ?([A-Z]{1,3})(\d{0,3})([a-z])?(\.[a-z]+\d+)?(?![\w.])/;

/** A version at the beginning of a text, and what follows it. */
export type VersionHead = { version: Version; rest: string };

/**
 * Reads the version that a text begins with: `V3.2.7`, `33.011`, `V14 SP1 Update 3`, `3.X.17`, `11.2a`,
 * `02.20.142.10-10884`. Numbers beyond 15 digits are none.
 *
 * @returns null when it does not begin with one
 */
export function readVersion(text: string): VersionHead | null {
  const start = text.slice(0, maxLength).trimStart();
  const index = firmwareIndex.exec(start);
  if (index) return { version: makeVersion([], { index: Number(index[1]) }), rest: start.slice(index[0].length) };
  const body = start.replace(prefix, "").replace(/^(\d{1,3})L(\d{1,4})(?![\w.])/, "$1.$2");
  const cisco = ciscoRelease.exec(body);
  if (cisco) return readCisco(cisco, body.slice(cisco[0].length));
  const head = /^\d{1,15}(?![\d])(?:\.(?:\d{1,15}|[xX*](?![a-z])))*/i.exec(body)?.[0];
  if (head === undefined) return null;
  const parts = head.split(".").map((part): VersionPart => (/^\d+$/.test(part) ? Number(part) : "any"));
  if (parts.length > maxParts) return null;
  const isPadded = parts.length > 2 && /^0\d/.test(head);
  const rest = body.slice(head.length);
  // `8.1x` leaves open what follows the 1; `7x` may be 70 as well as 7.0.
  if (/^x(?![a-z0-9])/i.test(rest)) {
    return parts.length === 1
      ? null
      : { version: makeVersion([...parts.slice(0, -1), "any"], { isPadded }), rest: rest.slice(1) };
  }
  // `02.07.07(10)` is finer than what devices tell.
  const finer = /^ ?\((\d{1,4})\)/.exec(rest);
  if (finer) {
    const version = makeVersion([...parts, "any"], { index: Number(finer[1]), isPadded });
    return { version, rest: rest.slice(finer[0].length) };
  }
  return readTail(parts, isPadded, rest);
}

function makeVersion(parts: readonly VersionPart[], more: Partial<Version>): Version {
  const suffixes = new Array<number>(slotCount).fill(0);
  return { parts, suffixes, index: null, train: null, isVague: false, isPadded: false, ...more };
}

function readCisco(
  [, major, minor, maintenance, step = "", train, rebuild, letter, build]: readonly string[],
  rest: string,
): VersionHead {
  const suffixes = new Array<number>(slotCount).fill(0);
  suffixes[rebuildSlot] = Number(rebuild) + letterShare(letter);
  const parts = [major, minor, maintenance].map(Number);
  // 15.2(4a)EA5 came before 15.2(4)EA7: what a step is to another is not known.
  return { version: makeVersion(parts, { suffixes, train: step + train, isVague: build !== undefined }), rest };
}

/** `Update 3a` comes after `Update 3` and before `Update 4`. */
function letterShare(letter: string | undefined): number {
  return letter === undefined ? 0 : (letter.toLowerCase().charCodeAt(0) - 96) / 32;
}

/** What a version has behind its dotted numbers. */
function readTail(parts: readonly VersionPart[], isPadded: boolean, tail: string): VersionHead {
  const suffixes = new Array<number>(slotCount).fill(0);
  let rest = tail;
  const letter = /^([a-z])(?![a-z0-9.])/i.exec(rest);
  if (letter) {
    suffixes[letterSlot] = letter[1]!.toLowerCase().charCodeAt(0) - 96;
    rest = rest.slice(1);
  }
  const dash = parts.length > 1 ? /^[-_](\d{1,15})(?![\w.-])/.exec(rest) : null;
  if (dash) {
    suffixes[dashSlot] = Number(dash[1]);
    rest = rest.slice(dash[0].length);
  }
  rest = readSuffixes(rest, suffixes);
  const more = parts.length > 1 ? vague.exec(rest)?.[0] : undefined;
  if (more !== undefined) rest = rest.slice(more.length);
  return { version: makeVersion(parts, { suffixes, isPadded, isVague: more !== undefined }), rest };
}

/** `_51.25.00.01`, `-GA-01-22261`, `.HW00.21.20190812`, ` Beta 4`, ` Build 4022.4`: parts of the version that no order is known of. */
const vague =
  /^(?:_\d[\d.]*(?![\w])|[-_](?:[a-z]|\d+(?=-?[a-z]))[\w.-]*|\.[a-z]{1,3}\d*(?:\.[\w-]+)*(?!\w)| (?:alpha|beta|rc)\b ?\d*| ?\(?build(?: ?nr *)?\.? *\d+(?:\.\d+)+\)?)/i;

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
    const value = Number(number[1]) + letterShare(number[2]);
    return { slot: index + 1, number: value, length: word.length + number[0].length };
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
 * - `open`: a placeholder stands where they would differ, or they are written in ways that cannot be compared
 */
export type Comparison = "less" | "equal" | "greater" | "covered" | "finer" | "open";

/** What a version is to one that a statement names, which may have placeholders. */
export function compareVersions(version: Version, named: Version): Comparison {
  if (version.parts.length === 0 || named.parts.length === 0) return compareIndexes(version, named);
  // `<= 10` of a device that tells 01.09.18 speaks of its index.
  if (version.isPadded && named.parts.length === 1) return compareIndexes(version, named);
  if ((version.train === null) !== (named.train === null)) return "open";
  const known = compareParts(version, named);
  if (known !== null) return known;
  if (version.isVague || named.isVague || version.train !== named.train) return "open";
  const slot = version.suffixes.findIndex((number, at) => number !== named.suffixes[at]);
  // Which build is installed is not told by everything.
  if ((slot === buildSlot || slot === dashSlot) && version.suffixes[slot] === 0) return "open";
  const order = orderSuffixes(version, named);
  return order === 0 ? "equal" : order < 0 ? "less" : "greater";
}

/** By the dotted numbers; null where they are the same. */
function compareParts(version: Version, named: Version): Comparison | null {
  const length = Math.max(version.parts.length, named.parts.length);
  for (let at = 0; at < length; at++) {
    if (isVagueAt(version, at) || isVagueAt(named, at)) return "open";
    const mine = version.parts[at] ?? 0;
    const theirs = named.parts[at] ?? 0;
    if (named.parts.slice(at).length > 0 && named.parts.slice(at).every((part) => part === "any")) {
      return hasSuffix(named) ? "open" : "covered";
    }
    if (mine === "any" || theirs === "any") return "open";
    if (mine === theirs) continue;
    if (at > 0 && named.parts.length === 1 && !hasSuffix(named)) return "finer";
    // 4.7.13 and 4.7 SP10: two ways to count what came after 4.7.
    if (at >= named.parts.length && hasSuffix(named) && !hasSuffix(version)) return "open";
    if (at >= version.parts.length && hasSuffix(version) && !hasSuffix(named)) return "open";
    return mine < theirs ? "less" : "greater";
  }
  return null;
}

function isVagueAt({ parts, isVague }: Version, at: number): boolean {
  return isVague && at >= parts.length;
}

function compareIndexes(version: Version, named: Version): Comparison {
  const [mine, theirs] = [indexOf(version), indexOf(named)];
  if (mine === null || theirs === null) return "open";
  return mine === theirs ? "equal" : mine < theirs ? "less" : "greater";
}

/** The firmware index that a version tells: a bare number is one, beside something that can only be compared by it. */
function indexOf({ index, parts, suffixes }: Version): number | null {
  const [only, ...others] = parts;
  return (
    index ?? (typeof only === "number" && others.length === 0 && !suffixes.some((number) => number !== 0) ? only : null)
  );
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
