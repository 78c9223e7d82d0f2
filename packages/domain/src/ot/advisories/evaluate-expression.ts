import { compareVersions, type Version } from "./version.ts";
import { type Bound, isOneLine, type Operator, type VersionExpression } from "./version-expression.ts";

export type RangeVerdict = "inside" | "outside" | "undecidable";

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
      return version === null ? "undecidable" : evaluateLines(expression, version);
    case "notations":
      return version === null ? "undecidable" : evaluateNotations(expression.bounds, version);
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
function evaluateLines(
  { operator, versions, depth, isUnion }: Extract<VersionExpression, { kind: "lines" }>,
  version: Version,
): RangeVerdict {
  const verdicts = versions.map((line) => evaluateBound({ operator, version: line }, version));
  const own = versions.findIndex((line) => isOneLine(line, version, depth));
  if (own >= 0) return isUnion && anyOf(verdicts) !== verdicts[own] ? "undecidable" : verdicts[own]!;
  return verdicts.every((verdict) => verdict === verdicts[0]) ? verdicts[0]! : "undecidable";
}

/** By both ways of writing it where they agree, else by the one that begins like the version. */
function evaluateNotations(bounds: readonly [Bound, Bound], version: Version): RangeVerdict {
  const verdicts = bounds.map((bound) => evaluateBound(bound, version)).filter((verdict) => verdict !== "undecidable");
  if (new Set(verdicts).size === 1) return verdicts[0]!;
  const alike = bounds.filter((bound) => bound.version.parts[0] === version.parts[0]);
  return alike.length === 1 ? evaluateBound(alike[0]!, version) : "undecidable";
}
