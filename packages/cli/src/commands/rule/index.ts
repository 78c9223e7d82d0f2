import { etmRiskRuleDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addRuleCreateCommand } from "./create.ts";
import { RULES } from "./noun.ts";
import { addRulePreviewCommand } from "./preview.ts";
import { addRuleUpdateCommand } from "./update.ts";

/** `breakwater rule …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addRuleCommands(program: Command): void {
  const rule = program.command("rule").summary("manage risk rules, which raise and lower scores");
  addRuleCreateCommand(rule);
  addListCommand(rule, RULES);
  addShowCommand(rule, RULES);
  addRuleUpdateCommand(rule);
  addRulePreviewCommand(rule);
  addDeleteCommand(rule, RULES, {
    consequence: "Scores are as they would be without it.",
    act: (session, { id }) => session.call(etmRiskRuleDelete, { params: { ruleId: id } }),
  });
}
