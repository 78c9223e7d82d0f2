import type { BodyOf, etmRiskRulePreview } from "@breakwater/contract";
import type { RiskRulePreview } from "@breakwater/contract/schemas/risk-rule";
import { QDS_BAND_FLOOR, QDS_BANDS } from "@breakwater/domain/risk/index";
import { type RawBuilder, sql } from "kysely";
import type { Static } from "typebox";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { compileRule, findingScoreSql, readScoreRules, ruledFindings, type ScoreRule } from "../findings/index.ts";
import { checkRuleQueries } from "./rule-queries.ts";
import { assertAsksSomething, assertFits, DEFAULT_PRIORITY, type RuleParts, toEffect } from "./service.ts";
import { selectRules } from "./store.ts";

type Preview = Static<typeof RiskRulePreview>;

/**
 * Counts what a rule would match and change in the caller's scope, beside the rules there are.
 *
 * @throws AppError `invalid-query`, `invalid-parameter`
 */
export async function previewRule(
  db: ScopedDb,
  { clock }: RuleParts,
  { effect: given, findingsQql = "", assetQql = "", priority = DEFAULT_PRIORITY }: BodyOf<typeof etmRiskRulePreview>,
): Promise<Preview> {
  const asOf = new Date(clock());
  const effect = toEffect(given);
  assertAsksSomething(effect.effect, findingsQql, assetQql);
  checkRuleQueries(findingsQql, assetQql, asOf);
  assertFits(db, [...(await selectRules(db)), { findingsQql, assetQql, asOf, ...effect }]);
  const matches = compileRule({ findingsQql, assetQql, asOf });
  const tried = { name: "", reason: "", matches, priority, ...effect } as ScoreRule & { priority: number };
  const rules = await readScoreRules(db.read, db.subscriptionId);
  // Behind those of its own priority: it would be the newest.
  const next = rules.findIndex((rule) => rule.priority > priority);
  const all = rules.toSpliced(next === -1 ? rules.length : next, 0, tried);
  const isOfAssets = findingsQql.trim() === "";
  const counts = await countMatches(db, matches, all);
  return { ...counts, ...(isOfAssets ? { assets: await countAssets(db, matches) } : {}) };
}

async function countMatches(db: ScopedDb, matches: RawBuilder<unknown>, rules: readonly ScoreRule[]): Promise<Preview> {
  const { rows } = await sql<Preview>`
    SELECT count(DISTINCT m.asset_id)::int AS assets, count(*)::int AS findings,
      (count(*) FILTER (WHERE m.before <> m.after))::int AS changed,
      ${countBands(sql`m.before`)} AS before, ${countBands(sql`m.after`)} AS after
    FROM (
      SELECT f.asset_id, f.qds AS before, ${findingScoreSql(rules)} AS after FROM ${ruledFindings}
      WHERE f.subscription_id = ${db.subscriptionId} AND f.status <> 'FIXED' AND ${assetInScope(db, sql`a.tag_ids`)}
        AND ${matches}
      OFFSET 0
    ) m`.execute(db.read);
  return rows[0] as Preview;
}

async function countAssets(db: ScopedDb, matches: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM asset a
    WHERE a.subscription_id = ${db.subscriptionId} AND ${assetInScope(db, sql`a.tag_ids`)} AND ${matches}`.execute(
    db.read,
  );
  return rows[0]?.count ?? 0;
}

function countBands(score: RawBuilder<unknown>) {
  const parts = QDS_BANDS.map((band, index) => {
    const above = index === 0 ? 101 : QDS_BAND_FLOOR[QDS_BANDS[index - 1]!];
    return sql`${sql.lit(band)}, count(*) FILTER (WHERE ${score} >= ${QDS_BAND_FLOOR[band]} AND ${score} < ${above})`;
  });
  return sql`json_build_object(${sql.join(parts)})`;
}
