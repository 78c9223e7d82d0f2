import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { RISK_RULE_MEMBERS, RiskRule } from "../schemas/risk-rule.ts";

const { name, reason, findingsQql, assetQql, effect, priority, isEnabled, endDate } = RISK_RULE_MEMBERS;

/** A risk factor or compensating factor as a rule: etm.md 5. */
export const etmRiskRuleCreate = defineOperation({
  id: "etm.risk-rule.create",
  method: "POST",
  versions: { "1.0": "/etm/1.0/risk-rule/create" },
  summary: "Create a risk rule",
  description:
    "Raises or lowers the detection scores of what it matches. At least one query is given; neither may ask for scores, " +
    "acceptances or the time last seen. Needs a scope over all assets; scores follow in the background.",
  access: { permission: "ETM Risk Acceptance Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      name,
      reason,
      effect,
      findingsQql: Type.Optional(findingsQql),
      assetQql: Type.Optional(assetQql),
      priority: Type.Optional(priority),
      isEnabled: Type.Optional(isEnabled),
      endDate: Type.Optional(endDate),
    }),
  },
  maxBodyBytes: 256 * 1024,
  responses: { 201: { description: "The rule", schema: RiskRule } },
});
