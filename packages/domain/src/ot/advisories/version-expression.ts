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
  /** One bound per release line: `< V33.017, V34.014, V35.013`. */
  | { kind: "lines"; operator: "<" | "<="; versions: readonly Version[] }
  /** Holds only under a condition that a version does not tell: `< V2.3 only with Bluetooth`. */
  | { kind: "conditional"; expression: VersionExpression; condition: string }
  | { kind: "unreadable"; reason: string };

export type RangeVerdict = "inside" | "outside" | "undecidable";

const maxExpressionLength = 2_000;
const maxTerms = 200;

/**
 * Reads what an advisory writes about versions. The public advisories follow no single grammar, so that this takes the
 * forms they use: vers ranges, comparisons with and without blanks, lists, lists of release lines, words.
 * Whatever it cannot read with certainty is `unreadable`; it never throws.
 */
export function parseVersionExpression(text: string): VersionExpression {
  if (text.length > maxExpressionLength) return { kind: "unreadable", reason: "the expression is too long" };
  const tidy = tidyUp(text);
  if (tidy === "*" || tidy === "") {
    return tidy === "*" ? { kind: "all" } : { kind: "unreadable", reason: "no version is named" };
  }
  if (/^(no versions?|none)$/i.test(tidy)) return { kind: "none" };
  return parseLines(tidy) ?? parseWords(tidy) ?? parseTerms(tidy);
}

function tidyUp(text: string): string {
  return text
    .replace(/[\s_]+/gu, " ")
    .replace(/=<|≤|&lt;=/g, "<=")
    .replace(/=>|≥/g, ">=")
    .replace(/\((build|patch|hotfix|update|sp) ([^()]*)\)/gi, "$1 $2")
    .trim()
    .replace(/^vers:[a-z.-]+\//i, "")
    .replace(/^(all )?((bios|firmware|software|product) )?versions?\b:?(?! (with|only|in|when|if)\b)/i, (match) =>
      /^all/i.test(match) ? "*" : "",
    )
    .replace(/^\* ?(?=[<>=]|between |before |prior |up to )/, "")
    .trim();
}

/** `<V33.017 V34.014 V35.013 V36.011`: each release line has its own fix. */
function parseLines(text: string): VersionExpression | null {
  const match = /^(<=?) ?(v?\d+(?:\.\d+)+(?: v?\d+(?:\.\d+)+)+)$/i.exec(text);
  if (match === null) return null;
  const versions = match[2]!.split(" ").map(parseVersion);
  const majors = new Set(versions.map((version) => version?.parts[0]));
  if (versions.includes(null) || majors.size !== versions.length) return null;
  return { kind: "lines", operator: match[1] as "<" | "<=", versions: versions as Version[] };
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
  /^[,; ]*(\((?:[^()\d]*|(?:only|with|when|if|excluding|except)\b[^()]*)\)\.?$|(?:-\s*)?\(?(?:only|with|without|when|if|in|on|installed|running|used|excluding|except|but not)\b.*$)/i;

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
    const head = isApart ? readVersion(rest.slice(gap.length + sign[0].length)) : null;
    if (head === null || bounds.length === maxTerms) {
      return { kind: "unreadable", reason: `"${(rest || text).slice(0, 80).trim()}" is not understood` };
    }
    bounds.push({ operator: sign[1] === undefined ? "=" : operators[sign[1]]!, version: head.version });
    rest = head.rest.trim() === "." ? "" : head.rest.trimEnd();
  }
  return combine(bounds);
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
  if (open.filter((range) => isUpper(range[0]!)).length > 1 || open.filter((range) => isLower(range[0]!)).length > 1) {
    return { kind: "unreadable", reason: "it names several limits without telling which release each is for" };
  }
  return { kind: "ranges", ranges };
}

/**
 * Whether a version is one that the expression means.
 *
 * @param version null: not known, or not readable
 */
export function evaluateExpression(expression: VersionExpression, version: Version | null): RangeVerdict {
  switch (expression.kind) {
    case "all":
      return "inside";
    case "none":
      return "outside";
    case "unreadable":
      return "undecidable";
    case "conditional":
      return evaluateExpression(expression.expression, version) === "outside" ? "outside" : "undecidable";
    case "lines":
      return version === null ? "undecidable" : evaluateLines(expression.operator, expression.versions, version);
    case "ranges":
      return version === null ? "undecidable" : anyOf(expression.ranges.map((range) => evaluateRange(range, version)));
  }
}

function anyOf(verdicts: readonly RangeVerdict[]): RangeVerdict {
  if (verdicts.includes("inside")) return "inside";
  return verdicts.includes("undecidable") ? "undecidable" : "outside";
}

function evaluateRange(range: readonly Bound[], version: Version): RangeVerdict {
  const verdicts = range.map((bound) => evaluateBound(bound, version));
  if (verdicts.includes("outside")) return "outside";
  return verdicts.includes("undecidable") ? "undecidable" : "inside";
}

const verdictOf: Record<Operator, Record<ReturnType<typeof compareVersions>, RangeVerdict>> = {
  "<": {
    less: "inside",
    equal: "outside",
    greater: "outside",
    covered: "undecidable",
    finer: "outside",
    open: "undecidable",
  },
  "<=": {
    less: "inside",
    equal: "inside",
    greater: "outside",
    covered: "inside",
    finer: "undecidable",
    open: "undecidable",
  },
  "=": {
    less: "outside",
    equal: "inside",
    greater: "outside",
    covered: "inside",
    finer: "undecidable",
    open: "undecidable",
  },
  ">=": {
    less: "outside",
    equal: "inside",
    greater: "inside",
    covered: "inside",
    finer: "inside",
    open: "undecidable",
  },
  ">": {
    less: "outside",
    equal: "outside",
    greater: "inside",
    covered: "undecidable",
    finer: "undecidable",
    open: "undecidable",
  },
};

function evaluateBound({ operator, version: named }: Bound, version: Version): RangeVerdict {
  return verdictOf[operator][compareVersions(version, named)];
}

/** Older than every line: inside. Newer than all: outside. A line between them that is not named says nothing. */
function evaluateLines(operator: "<" | "<=", versions: readonly Version[], version: Version): RangeVerdict {
  const own = versions.find(({ parts }) => parts[0] === version.parts[0]);
  if (own !== undefined) return evaluateBound({ operator, version: own }, version);
  const verdicts = versions.map((line) => evaluateBound({ operator, version: line }, version));
  return verdicts.every((verdict) => verdict === verdicts[0]) ? verdicts[0]! : "undecidable";
}
