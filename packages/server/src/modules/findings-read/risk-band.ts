import { ASSET_RISK_FLOORS } from "@breakwater/domain/risk/index";
import { type RawBuilder, sql } from "kysely";

export type RiskBand = "CRITICAL" | "HIGH" | "MEDIUM" | "LOW";

/** The class of a TruRisk score by the subscription's settings (etm.md 5); null of null. */
export function riskBand(score: RawBuilder<unknown>, subscriptionId: RawBuilder<unknown>): RawBuilder<RiskBand> {
  const isFrom = (band: keyof typeof ASSET_RISK_FLOORS) =>
    sql`${score} >= coalesce(w.${sql.ref(`floor_${band}`)}, ${sql.lit(ASSET_RISK_FLOORS[band])})`;
  // One look at the settings for each row.
  return sql<RiskBand>`(SELECT CASE WHEN ${isFrom("critical")} THEN 'CRITICAL' WHEN ${isFrom("high")} THEN 'HIGH'
      WHEN ${isFrom("medium")} THEN 'MEDIUM' WHEN ${score} IS NOT NULL THEN 'LOW' END
    FROM (VALUES (1)) AS any_row LEFT JOIN score_setting w ON w.subscription_id = ${subscriptionId})`;
}
