import { defineOperation } from "../operation.ts";
import { RiskRule, RiskRuleParams } from "../schemas/risk-rule.ts";

/** One risk rule: etm.md 5. */
export const etmRiskRuleGet = defineOperation({
  id: "etm.risk-rule.get",
  method: "GET",
  versions: { "1.0": "/etm/1.0/risk-rule/:ruleId" },
  summary: "Show a risk rule",
  access: { permission: "ETM API Access" },
  params: RiskRuleParams,
  responses: { 200: { description: "The rule", schema: RiskRule } },
});
