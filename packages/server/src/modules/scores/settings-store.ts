import type { ScoreSettings } from "@breakwater/contract/schemas/score-settings";
import { ASSET_RISK_FLOORS, DEFAULT_RISK_WEIGHTS } from "@breakwater/domain/risk/index";
import { sql } from "kysely";
import type { Static } from "typebox";
import type { ScopedDb } from "../../db/scoped.ts";

export type Settings = Omit<Static<typeof ScoreSettings>, "isRescoring">;

export const DEFAULT_SETTINGS: Settings = { weights: { ...DEFAULT_RISK_WEIGHTS }, bands: { ...ASSET_RISK_FLOORS } };

export async function readSettings(db: ScopedDb): Promise<Settings> {
  const { rows } = await sql<Settings>`
    SELECT json_build_object('critical', weight_critical, 'high', weight_high, 'medium', weight_medium, 'low', weight_low)
        AS weights,
      json_build_object('critical', floor_critical, 'high', floor_high, 'medium', floor_medium) AS bands
    FROM score_setting WHERE subscription_id = ${db.subscriptionId}`.execute(db.write);
  return rows[0] ?? DEFAULT_SETTINGS;
}

/** Whether stored scores are still to be brought up to date. */
export async function isRescoring(db: ScopedDb): Promise<boolean> {
  const { rows } = await sql`SELECT FROM score_walk WHERE subscription_id = ${db.subscriptionId}`.execute(db.write);
  return rows.length > 0;
}

export async function writeSettings(db: ScopedDb, { weights, bands }: Settings): Promise<void> {
  await sql`
    INSERT INTO score_setting (subscription_id, weight_critical, weight_high, weight_medium, weight_low, floor_critical,
      floor_high, floor_medium)
    VALUES (${db.subscriptionId}, ${weights.critical}, ${weights.high}, ${weights.medium}, ${weights.low},
      ${bands.critical}, ${bands.high}, ${bands.medium})
    ON CONFLICT (subscription_id) DO UPDATE SET weight_critical = excluded.weight_critical,
      weight_high = excluded.weight_high, weight_medium = excluded.weight_medium, weight_low = excluded.weight_low,
      floor_critical = excluded.floor_critical, floor_high = excluded.floor_high,
      floor_medium = excluded.floor_medium`.execute(db.write);
}
