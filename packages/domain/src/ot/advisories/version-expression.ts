import { tidyExpression } from "./tidy-expression.ts";
import { compareVersions, parseVersion, readVersion, type Version } from "./version.ts";

export type Operator = "<" | "<=" | "=" | ">=" | ">";

/** One comparison with a version that the expression names. */
export type Bound = { operator: Operator; version: Version };

/** What an expression says, read once. */
export type VersionExpression =
  | { kind: "all" }
  | { kind: "none" }
  /** Any of the ranges; within a range every bound. */
  | { kind: "ranges"; ranges: readonly (readonly Bound[])[] }
  /**
   * One bound per release line, told apart by the first `depth` parts: `< V33.017, V34.014, V35.013`. Where they are set
   * apart by `|`, they may be meant as they stand as well, so that both ways of reading have to agree.
   */
  | { kind: "lines"; operator: "<" | "<="; versions: readonly Version[]; depth: number; isUnion: boolean }
  /** One limit in two ways to write it: `<= 9.90 SP5 (v9.90.196)`. */
  | { kind: "notations"; bounds: readonly [Bound, Bound] }
  /** Holds only under a condition that a version does not tell: `< V2.3 only with Bluetooth`. */
  | { kind: "conditional"; expression: VersionExpression; condition: string }
  | { kind: "unreadable"; reason: string };

const maxExpressionLength = 2_000;
const maxTerms = 200;

/**
 * Reads what an advisory writes about versions. The public advisories follow no single grammar, so that this takes the
 * forms they use: vers ranges, comparisons with and without blanks, lists, lists of release lines, words.
 * Whatever it cannot read with certainty is `unreadable`; it never throws.
 */
export function parseVersionExpression(text: string): VersionExpression {
  if (text.length > maxExpressionLength) return { kind: "unreadable", reason: "the expression is too long" };
  const tidy = tidyExpression(text);
  if (tidy === "*" || tidy === "") {
    return tidy === "*" ? { kind: "all" } : { kind: "unreadable", reason: "no version is named" };
  }
  if (/^(no versions?|none)$/i.test(tidy)) return { kind: "none" };
  return parseNotations(tidy) ?? parseLines(tidy) ?? parseWords(tidy) ?? parseTerms(tidy);
}

function parseNotations(text: string): VersionExpression | null {
  const match =
    /^(<=?|>=?)? ?([^<>=|()]+?) ?\((?:aka |firmware |software )?(?:<=?|>=?)? ?((?:version )?v?\d[\w. ]*)\)$/i.exec(
      text,
    );
  if (match === null) return null;
  const [one, other] = [parseVersion(match[2]!), parseVersion(match[3]!)];
  // A single number in parentheses is a part of the version.
  if (one === null || other === null || /^\d+$/.test(match[3]!)) return null;
  const operator = match[1] === undefined ? "=" : operators[match[1]]!;
  return {
    kind: "notations",
    bounds: [
      { operator, version: one },
      { operator, version: other },
    ],
  };
}

/** `<V33.017 V34.014 V35.013 V36.011`: each release line has its own fix. */
function parseLines(text: string): VersionExpression | null {
  const match = /^(<=?) ?(v?\d+(?:\.\d+)+(?: v?\d+(?:\.\d+)+)+)$/i.exec(text.replace(/_(?=v)/gi, " "));
  if (match === null) return null;
  const versions = match[2]!.split(" ").map(parseVersion);
  return versions.includes(null) ? null : toLines(match[1] as "<" | "<=", versions as Version[], false);
}

/** By the fewest parts that tell the lines apart; null where nothing but the last does, or not even that. */
function toLines(operator: "<" | "<=", versions: readonly Version[], isUnion: boolean): VersionExpression | null {
  const maxDepth = isUnion ? Math.min(...versions.map(({ parts }) => parts.length)) - 1 : 1;
  for (let depth = 1; depth <= maxDepth; depth++) {
    const isApart = (version: Version) =>
      versions.every((other) => other === version || !isOneLine(version, other, depth));
    if (versions.every(isApart)) {
      return { kind: "lines", operator, versions, depth, isUnion };
    }
  }
  return null;
}

/** Whether two versions are of one release line: alike in their first parts. */
export function isOneLine(a: Version, b: Version, depth: number): boolean {
  for (let at = 0; at < depth; at++) if ((a.parts[at] ?? 0) !== (b.parts[at] ?? 0)) return false;
  return true;
}

const and = " ?(?:\\(including\\)|including|inclusive)? ?";

/** Forms that are written out. A bare `20-33` or `28 - 32` speaks of whole major releases. */
function parseWords(text: string): VersionExpression | null {
  const majors = /^v?(\d{1,4}) ?(?:-|–|to|through) ?v?(\d{1,4})$/i.exec(text);
  if (majors !== null) {
    const [low, high] = [Number(majors[1]), Number(majors[2])];
    if (low >= high) return { kind: "unreadable", reason: "the range ends before it begins" };
    return range([">=", `${low}`], ["<", `${high + 1}`]);
  }
  const between = new RegExp(
    `^(?:between |from )?(.+?)${and} (?:and|to|through|-|–) (.+?) ?(\\((?:including|excluding)\\))?$`,
    "i",
  ).exec(text);
  if (between !== null && !/[<>=|]/.test(text)) {
    const [low, high] = [parseVersion(between[1]!), parseVersion(between[2]!)];
    const isList = / and /.test(text) && !/^between /i.test(text);
    if (low !== null && high !== null && !isList) {
      return range([">=", between[1]!], [between[3] === "(excluding)" ? "<" : "<=", between[2]!]);
    }
  }
  const dash = /^v?(\d+(?:\.\d+)+)-v?(\d+(?:\.\d+)+)$/i.exec(text);
  if (dash !== null) {
    const [low, high] = [parseVersion(dash[1]!)!, parseVersion(dash[2]!)!];
    const isRange = low.parts.length === high.parts.length && compareVersions(low, high) === "less";
    return isRange ? range([">=", dash[1]!], ["<=", dash[2]!]) : null;
  }
  const upTo =
    /^(?:up to(?: and including)?|through) (.+)$/i.exec(text) ??
    /^(.+?),? (?:and|or) (?:prior|earlier|older|below|lower|before)(?: versions?)?\.?$/i.exec(text);
  if (upTo !== null && parseVersion(upTo[1]!) !== null) return range(["<=", upTo[1]!]);
  const before = /^(?:prior to|before|earlier than|older than) (.+)$/i.exec(text);
  if (before !== null && parseVersion(before[1]!) !== null) return range(["<", before[1]!]);
  const from = /^(.+?),? (?:and|or) (?:later|newer|above|higher|after)(?: versions?)?\.?$/i.exec(text);
  if (from !== null && parseVersion(from[1]!) !== null) return range([">=", from[1]!]);
  return null;
}

function range(...bounds: (readonly [Operator, string])[]): VersionExpression {
  return {
    kind: "ranges",
    ranges: [bounds.map(([operator, version]) => ({ operator, version: parseVersion(version)! }))],
  };
}

const operators: Record<string, Operator> = { "<": "<", "<=": "<=", "=": "=", "==": "=", ">=": ">=", ">": ">" };
/** What only narrows down: the versions hold, but not for everybody who runs them. */
const condition =
  /^[,; ]*(\((?:(?![^()]*\d\.\d)[^()<>=|]*|(?:only|with|when|if|excluding|except)\b[^()]*)\)\.?$|(?:-\s*)?\(?(?:only|with|without|when|if|in|on|installed|running|used|using|excluding|except|but not|and function state)\b.*$)/i;

/** Comparisons and versions, one after another, between `|`, `,`, `and`, `or` or nothing. */
function parseTerms(text: string): VersionExpression {
  const bounds: Bound[] = [];
  let rest = text;
  if (rest.startsWith("*")) {
    const narrowed = condition.exec(rest.slice(1))?.[1];
    return narrowed === undefined || /\|/.test(narrowed)
      ? rest === "*"
        ? { kind: "all" }
        : { kind: "unreadable", reason: `"${rest}" is not understood` }
      : { kind: "conditional", expression: { kind: "all" }, condition: narrowed };
  }
  while (rest !== "") {
    const narrowed = bounds.length > 0 ? condition.exec(rest)?.[1] : undefined;
    if (narrowed !== undefined && !narrowed.includes("|")) {
      return { kind: "conditional", expression: combine(bounds), condition: narrowed };
    }
    const gap = bounds.length === 0 ? "" : (/^ ?(?:\||,|;|and\b|or\b)? ?(?:and\b|or\b)? ?/i.exec(rest)?.[0] ?? "");
    const sign = /^(<=|>=|==|<|>|=)? ?/.exec(rest.slice(gap.length))!;
    const isApart = bounds.length === 0 || gap.trim() !== "" || sign[1] !== undefined;
    const head = readVersion(rest.slice(gap.length + sign[0].length));
    if (head === null || bounds.length === maxTerms || !(isApart || continuesList(bounds, gap, head.version))) {
      return { kind: "unreadable", reason: `"${(rest || text).slice(0, 80).trim()}" is not understood` };
    }
    // `V7.1 < V7.1 Upd3` begins with 7.1.
    if (gap.trim() === "" && sign[1]?.startsWith("<") && bounds.at(-1)?.operator === "=") {
      bounds.push({ operator: ">=", version: bounds.pop()!.version });
    }
    bounds.push({ operator: sign[1] === undefined ? "=" : operators[sign[1]]!, version: head.version });
    rest = head.rest.trim() === "." ? "" : head.rest.trimEnd();
  }
  return combine(bounds);
}

/** `2.51 2.52`: versions of one shape, in order, that nothing else is said of. */
function continuesList(bounds: readonly Bound[], gap: string, version: Version): boolean {
  const last = bounds.at(-1)!.version;
  const isSameShape = version.parts.length > 1 && version.parts.length === last.parts.length;
  return (
    gap === " " &&
    isSameShape &&
    bounds.every(({ operator }) => operator === "=") &&
    compareVersions(last, version) === "less"
  );
}

const isLower = ({ operator }: Bound): boolean => operator === ">" || operator === ">=";
const isUpper = ({ operator }: Bound): boolean => operator === "<" || operator === "<=";

/** A lower bound and the upper one behind it make a range; anything else stands alone. */
function combine(bounds: readonly Bound[]): VersionExpression {
  const ranges: Bound[][] = [];
  for (let at = 0; at < bounds.length; at++) {
    const bound = bounds[at]!;
    const next = bounds[at + 1];
    if (isLower(bound) && next !== undefined && isUpper(next)) {
      ranges.push([bound, next]);
      at++;
    } else ranges.push([bound]);
  }
  const open = ranges.filter((range) => range.length === 1);
  const [uppers, lowers] = [open.filter((range) => isUpper(range[0]!)), open.filter((range) => isLower(range[0]!))];
  if (uppers.length > 1 && uppers.length === ranges.length) {
    const [first, ...others] = uppers.map((range) => range[0]!);
    const isOneOperator = others.every(({ operator }) => operator === first!.operator);
    const versions = uppers.map((range) => range[0]!.version);
    const lines = isOneOperator ? toLines(first!.operator as "<" | "<=", versions, true) : null;
    if (lines !== null) return lines;
  }
  if (uppers.length > 1 || lowers.length > 1) {
    return { kind: "unreadable", reason: "it names several limits without telling which release each is for" };
  }
  return { kind: "ranges", ranges };
}
