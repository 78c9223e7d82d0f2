import { defineOperation } from "../operation.ts";
import { RiskRuleParams } from "../schemas/risk-rule.ts";

/** Deletes a risk rule: etm.md 5. */
export const etmRiskRuleDelete = defineOperation({
  id: "etm.risk-rule.delete",
  method: "DELETE",
  versions: { "1.0": "/etm/1.0/risk-rule/:ruleId" },
  summary: "Delete a risk rule",
  description: "Needs a scope over all assets; scores follow in the background.",
  access: { permission: "ETM Risk Acceptance Access" },
  params: RiskRuleParams,
  responses: { 204: { description: "Deleted" } },
});
