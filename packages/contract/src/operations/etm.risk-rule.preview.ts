import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { RISK_RULE_MEMBERS, RiskRulePreview } from "../schemas/risk-rule.ts";

const { findingsQql, assetQql, effect, priority } = RISK_RULE_MEMBERS;

/** What a risk rule would change: etm.md 5. */
export const etmRiskRulePreview = defineOperation({
  id: "etm.risk-rule.preview",
  method: "POST",
  versions: { "1.0": "/etm/1.0/risk-rule/preview" },
  summary: "Try a risk rule",
  description:
    "Counts what the rule would match and change in the caller's scope, beside the rules there are. Changes nothing.",
  access: { permission: "ETM Risk Acceptance Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      effect,
      findingsQql: Type.Optional(findingsQql),
      assetQql: Type.Optional(assetQql),
      priority: Type.Optional(priority),
    }),
  },
  maxBodyBytes: 256 * 1024,
  responses: { 200: { description: "The counts", schema: RiskRulePreview } },
});
