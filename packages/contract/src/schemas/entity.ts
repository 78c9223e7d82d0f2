import { Type } from "typebox";

export const RISK_BANDS = ["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;
const Count = Type.Integer();

/** A tag as a business entity: its own assets and those of all tags below it. */
export const Entity = Type.Object({
  id: Type.Integer({ description: "Of the tag" }),
  name: Type.String(),
  parent: Type.Union([Type.String(), Type.Null()]),
  criticality: Type.Union([Type.Integer(), Type.Null()]),
  assetCount: Count,
  truRiskScore: Type.Union([Type.Number(), Type.Null()], {
    description: "Mean of its assets' scores, to two decimals; null without assets",
  }),
  truRiskBand: Type.Union([Type.Enum(RISK_BANDS), Type.Null()]),
  findingCount: Type.Integer({ description: "Open findings" }),
  openByBand: Type.Object(
    { CRITICAL: Count, HIGH: Count, MEDIUM: Count, LOW: Count },
    { description: "Open findings that count towards scores: those whose risk is accepted do not" },
  ),
});

export const EntityParams = Type.Object({ entityId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });
