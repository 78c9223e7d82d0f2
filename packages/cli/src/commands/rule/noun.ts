import { etmRiskRuleList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";

export type RiskRule = ResultOf<typeof etmRiskRuleList>[number];

export const RULES: Noun<RiskRule> = {
  one: "risk rule",
  many: "risk rules",
  columns: [
    ["Rule", (rule) => rule.name],
    ["Type", (rule) => rule.type],
    ["Status", (rule) => rule.status],
    ["Effect", ({ effect }) => [effect.kind, effect.value].filter((part) => part !== undefined).join(" ")],
    ["Priority", (rule) => rule.priority],
    ["Findings", (rule) => rule.findingsQql],
    ["Assets", (rule) => rule.assetQql],
    ["Ends", ({ endDate }) => (endDate === null ? null : new Date(endDate).toISOString())],
    ["Reason", (rule) => rule.reason],
  ],
  readAll: async (session) => (await session.call(etmRiskRuleList)).json(),
  namesOf: (rule) => [rule.name, String(rule.id)],
};
