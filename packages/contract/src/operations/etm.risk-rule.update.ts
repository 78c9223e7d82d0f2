import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { orNull } from "../schemas/nullable.ts";
import { RISK_RULE_MEMBERS, RiskRule, RiskRuleParams } from "../schemas/risk-rule.ts";

const { name, reason, findingsQql, assetQql, effect, priority, isEnabled, endDate } = RISK_RULE_MEMBERS;

/** Changes a risk rule: etm.md 5. */
export const etmRiskRuleUpdate = defineOperation({
  id: "etm.risk-rule.update",
  method: "PUT",
  versions: { "1.0": "/etm/1.0/risk-rule/:ruleId" },
  summary: "Change a risk rule",
  description:
    "Changes the members given. `endDate: null` lets it hold without end. Needs a scope over all assets; scores follow " +
    "in the background.",
  access: { permission: "ETM Risk Acceptance Access" },
  params: RiskRuleParams,
  body: {
    kind: "json",
    schema: Type.Object({
      name: Type.Optional(name),
      reason: Type.Optional(reason),
      effect: Type.Optional(effect),
      findingsQql: Type.Optional(findingsQql),
      assetQql: Type.Optional(assetQql),
      priority: Type.Optional(priority),
      isEnabled: Type.Optional(isEnabled),
      endDate: Type.Optional(orNull(endDate)),
    }),
  },
  maxBodyBytes: 256 * 1024,
  responses: { 200: { description: "The rule", schema: RiskRule } },
});
