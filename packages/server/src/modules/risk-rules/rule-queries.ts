import { AppError } from "@breakwater/contract";
import { assetTable, findingTable, type Query } from "@breakwater/domain/query/index";
import type { RawBuilder } from "kysely";
import { readFilter } from "../../filter.ts";
import { compileRule } from "../findings/index.ts";

type Runner = Parameters<RawBuilder<unknown>["execute"]>[0];

/** What scores decide, so that a rule asking for it would depend on its own outcome. */
const DECIDED_BY_SCORES = ["finding.qds", "finding.criticality", "finding.qvss", "asset.riskScore", "asset.riskBand"];
/** What changes without anything being scored again: an unchanged re-import, an acceptance. */
const CHANGING_UNSCORED = ["finding.lastFoundDate", "finding.isIgnored"];
const ACCEPTANCE = "finding.riskAcceptance.";
/** Grows day by day without `now` being named. */
const AGES = ["finding.detectionAge"];

/** Values that all rules of a subscription together may look for: one statement takes them all, twice at most. */
export const MAX_RULE_VALUES = 20_000;

/**
 * Whether the queries of a rule, which are checked, match otherwise as time passes.
 *
 * @throws AppError `invalid-query`
 */
export function checkRuleQueries(findingsQql: string, assetQql: string, now: Date): { isDated: boolean } {
  const read = (at: number) => [
    readFilter(findingsQql, findingTable, at, "findingsQql"),
    readFilter(assetQql, assetTable, at, "assetQql"),
  ];
  const queries = read(now.getTime());
  const fields = new Set(queries.flatMap((query) => [...fieldsOf(query)]));
  for (const field of fields) assertAskable(field);
  // What means something else at two times names `now`.
  const later = read(now.getTime() + 400 * 86_400_000 + 3_723_004);
  const isDated = AGES.some((age) => fields.has(age)) || JSON.stringify(queries) !== JSON.stringify(later);
  return { isDated };
}

function assertAskable(field: string): void {
  if (DECIDED_BY_SCORES.includes(field)) {
    throw new AppError("invalid-query", `${field} follows from the scores, so no risk rule may ask for it`);
  }
  if (CHANGING_UNSCORED.includes(field) || field.startsWith(ACCEPTANCE)) {
    throw new AppError(
      "invalid-query",
      `${field} changes without anything being scored anew, so no risk rule may ask for it`,
    );
  }
}

function* fieldsOf(query: Query): Generator<string> {
  switch (query.kind) {
    case "all":
      return;
    case "condition":
      yield query.token.field;
      return;
    case "not":
    case "element":
      yield* fieldsOf(query.item);
      return;
    default:
      for (const item of query.items) yield* fieldsOf(item);
  }
}

/** How many values of a statement the rule takes. */
export function countValues(db: Runner, rule: { findingsQql: string; assetQql: string; asOf: Date }): number {
  return compileRule(rule).compile(db).parameters.length + 1;
}
