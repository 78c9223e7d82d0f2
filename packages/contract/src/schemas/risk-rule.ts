import { Type } from "typebox";

const Millis = Type.Integer({ description: "Epoch milliseconds" });

export const RISK_EFFECTS = ["FACTOR", "POINTS", "INTERNET_FACING"] as const;
export const RISK_RULE_STATUSES = ["ACTIVE", "DISABLED", "EXPIRED"] as const;

/** What a rule does to what it matches. */
export const RiskEffect = Type.Object({
  kind: Type.Enum(RISK_EFFECTS, {
    description:
      "FACTOR multiplies the detection score, POINTS adds to it, INTERNET_FACING counts matching assets as internet-facing",
  }),
  value: Type.Optional(
    Type.Number({
      minimum: -99,
      maximum: 99,
      description: "FACTOR: 0.01 to 10, not 1. POINTS: whole, not 0. INTERNET_FACING: none",
    }),
  ),
});

/** What can be chosen of a risk rule. */
export const RISK_RULE_MEMBERS = {
  name: Type.String({
    minLength: 1,
    maxLength: 200,
    description: "Visible at both ends, without control or other invisible characters",
  }),
  reason: Type.String({ minLength: 1, maxLength: 2000, description: "Shown with every score that the rule changes" }),
  findingsQql: Type.String({ maxLength: 65_536, description: "QQL over findings; empty: all findings" }),
  assetQql: Type.String({ maxLength: 65_536, description: "QQL over assets; empty: all assets" }),
  effect: RiskEffect,
  priority: Type.Integer({ minimum: 0, maximum: 10_000, description: "Rules act from the lowest to the highest" }),
  isEnabled: Type.Boolean(),
  endDate: Type.Integer({ minimum: 0, maximum: 253_402_300_799_999, description: "Epoch milliseconds, in the future" }),
};

/** A risk factor or compensating factor: etm.md 5. */
export const RiskRule = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  type: Type.Enum(["RISK", "COMPENSATING"], { description: "Whether it raises scores or lowers them" }),
  status: Type.Enum(RISK_RULE_STATUSES),
  reason: Type.String(),
  findingsQql: Type.String(),
  assetQql: Type.String(),
  effect: RiskEffect,
  priority: Type.Integer(),
  isEnabled: Type.Boolean(),
  endDate: Type.Union([Millis, Type.Null()]),
  createdBy: Type.String(),
  createdDate: Millis,
  updatedDate: Millis,
  isRescoring: Type.Boolean({ description: "Stored scores are being brought up to date" }),
});

export const RiskRuleParams = Type.Object({ ruleId: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) });

const Bands = Type.Object({
  critical: Type.Integer(),
  high: Type.Integer(),
  medium: Type.Integer(),
  low: Type.Integer(),
});

/** What a rule would do to findings in the caller's scope. */
export const RiskRulePreview = Type.Object({
  assets: Type.Integer({ description: "Assets that it matches; of a rule over findings, those with such a finding" }),
  findings: Type.Integer({ description: "Findings that it matches and that are not FIXED" }),
  changed: Type.Integer({ description: "Those of them whose score would be another" }),
  before: Type.Object({ ...Bands.properties }, { description: "Those findings by band as they are" }),
  after: Type.Object({ ...Bands.properties }, { description: "And as they would be" }),
});
