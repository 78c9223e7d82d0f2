import {
  etmRiskRuleCreate,
  etmRiskRuleDelete,
  etmRiskRuleGet,
  etmRiskRuleList,
  etmRiskRulePreview,
  etmRiskRuleUpdate,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { previewRule } from "./preview.ts";
import { changeRule, createRule, deleteRule, listRules, type RuleParts, readRule } from "./service.ts";

export function riskRuleRoutes(parts: RuleParts): readonly Binding[] {
  return [
    bind(etmRiskRuleCreate, async ({ db, caller, address, body }) => {
      return { value: await createRule(db, parts, { caller, address }, body) };
    }),
    bind(etmRiskRuleDelete, async ({ db, caller, address, params }) => {
      await deleteRule(db, parts, { caller, address }, params.ruleId);
      return { status: 204, empty: true };
    }),
    bind(etmRiskRuleGet, async ({ db, params }) => ({ value: await readRule(db, parts, params.ruleId) })),
    bind(etmRiskRuleList, async ({ db }) => {
      const rules = await listRules(db, parts);
      return { value: rules, count: rules.length };
    }),
    bind(etmRiskRulePreview, async ({ db, body }) => ({ value: await previewRule(db, parts, body) })),
    bind(etmRiskRuleUpdate, async ({ db, caller, address, params, body }) => {
      return { value: await changeRule(db, parts, { caller, address }, params.ruleId, body) };
    }),
  ];
}
