import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { RiskRule } from "../schemas/risk-rule.ts";

/** Risk rules of the caller's subscription: etm.md 5. */
export const etmRiskRuleList = defineOperation({
  id: "etm.risk-rule.list",
  method: "GET",
  versions: { "1.0": "/etm/1.0/risk-rule/list" },
  summary: "List risk rules",
  access: { permission: "ETM API Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All rules, in the order in which they act", schema: Type.Array(RiskRule) } },
});
