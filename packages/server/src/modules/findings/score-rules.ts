import { assetTable, findingTable, parseQuery } from "@breakwater/domain/query/index";
import type { MatchedRule } from "@breakwater/domain/risk/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { prepared } from "../../db/prepared.ts";
import { compileQuery } from "../../db/query/index.ts";
import { assetFields, findingFields } from "../findings-read/index.ts";

type Runner = Parameters<RawBuilder<unknown>["execute"]>[0];

/** A risk rule as scores are made with it. */
export type ScoreRule = {
  name: string;
  reason: string;
  priority: number;
  /** Over finding `f`, asset `a`, check `c` and knowledge `k`; over the asset alone for INTERNET_FACING. */
  matches: RawBuilder<SqlBool>;
} & ({ effect: "FACTOR" | "POINTS"; value: number } | { effect: "INTERNET_FACING"; value: null });

/** What a rule looks for, and when: `asOf` is what `now` means in it. */
export type RuleQueries = { findingsQql: string; assetQql: string; asOf: Date };

/** The rules in force, in the order in which they act. */
export async function readScoreRules(db: Runner, subscriptionId: number): Promise<ScoreRule[]> {
  const { rows } = await sql<Omit<ScoreRule, "matches"> & RuleQueries>`${prepared}
    SELECT name, reason, priority, findings_qql AS "findingsQql", asset_qql AS "assetQql", effect, value, as_of AS "asOf"
    FROM risk_rule WHERE subscription_id = ${subscriptionId} AND is_in_force ORDER BY priority, id`.execute(db);
  return rows.map(({ findingsQql, assetQql, asOf, ...rule }) => {
    return { ...rule, matches: compileRule({ findingsQql, assetQql, asOf }) } as ScoreRule;
  });
}

/** Whether scores depend on more than their parts: of that subscription, or of any. */
export async function hasScoreRules(db: Runner, subscriptionId?: number): Promise<boolean> {
  const isMeant = subscriptionId === undefined ? sql`TRUE` : sql`subscription_id = ${subscriptionId}`;
  const { rows } = await sql`SELECT FROM risk_rule WHERE ${isMeant} AND is_in_force LIMIT 1`.execute(db);
  return rows.length > 0;
}

/** A stored rule was checked when it was made; one that a later release reads no more matches nothing. */
export function compileRule({ findingsQql, assetQql, asOf }: RuleQueries): RawBuilder<SqlBool> {
  const findings = parseQuery(findingsQql, findingTable, asOf);
  const assets = parseQuery(assetQql, assetTable, asOf);
  if (!findings.ok || !assets.ok) return sql<SqlBool>`false`;
  const ofAsset = compileQuery(assets.query, assetFields);
  if (findings.query.kind === "all") return ofAsset;
  return sql<SqlBool>`(${ofAsset} AND ${compileQuery(findings.query, findingFields(asOf))})`;
}

/** A score (double precision) after the rules; nothing is rounded or bounded. As the domain's `detectionScore` does it. */
export function applyRules(score: RawBuilder<unknown>, rules: readonly ScoreRule[]): RawBuilder<unknown> {
  return rules.reduce((value, { effect, value: by, matches }) => {
    if (effect === "INTERNET_FACING") return value;
    const [operator, nothing] = effect === "FACTOR" ? [sql`*`, sql`1`] : [sql`+`, sql`0`];
    return sql`(${value} ${operator} CASE WHEN ${matches} THEN ${by}::double precision ELSE ${nothing}::double precision END)`;
  }, score);
}

/** Whether the asset `a` counts as internet-facing. */
export function isFacing(rules: readonly ScoreRule[]): RawBuilder<SqlBool> {
  const facing = rules.filter(({ effect }) => effect === "INTERNET_FACING");
  if (facing.length === 0) return sql<SqlBool>`false`;
  return sql<SqlBool>`coalesce(${sql.join(
    facing.map(({ matches }) => matches),
    sql` OR `,
  )}, false)`;
}

/** Those of the rules that a finding matches, for its explanation. */
export async function matchScoreRules(db: Runner, subscriptionId: number, findingId: number): Promise<MatchedRule[]> {
  const rules = (await readScoreRules(db, subscriptionId)).filter(({ effect }) => effect !== "INTERNET_FACING");
  if (rules.length === 0) return [];
  const { rows } = await sql<{ matching: boolean[] }>`
    SELECT ARRAY[${sql.join(rules.map(({ matches }) => sql`coalesce(${matches}, false)`))}] AS matching
    FROM ${ruledFindings} WHERE f.subscription_id = ${subscriptionId} AND f.id = ${findingId}`.execute(db);
  const matching = rows[0]?.matching ?? [];
  return rules.flatMap(({ name, reason, effect, value }, index) =>
    matching[index] ? [{ name, reason, effect: { kind: effect as "FACTOR" | "POINTS", value: value as number } }] : [],
  );
}

/** Findings `f` with all that rules look at. */
export const ruledFindings: RawBuilder<unknown> = sql`finding f
  JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
  JOIN asset a ON a.subscription_id = f.subscription_id AND a.id = f.asset_id
  LEFT JOIN cve_knowledge k ON k.cve_id = f.cve_id`;
