import { etmRiskRuleUpdate } from "@breakwater/client";
import type { Command } from "commander";
import { orCleared, someGiven } from "../../given.ts";
import { toMoment } from "../../moment.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { addEffectOptions, type EffectFlags, readEffect } from "./effect.ts";
import { RULES } from "./noun.ts";

type Flags = ServerFlags &
  EffectFlags & {
    name?: string;
    reason?: string;
    findings?: string;
    assets?: string;
    priority?: number;
    until?: number | false;
    disabled?: boolean;
  };

export function addRuleUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a risk rule")
    .description("Changes what is given and leaves the rest; scores follow.")
    .argument("<name>", "name or id of the rule")
    .option("--name <name>", "new name")
    .option("--reason <text>", "why")
    .option("--findings <qql>", "query over findings; empty for all")
    .option("--assets <qql>", "query over assets; empty for all");
  addEffectOptions(command)
    .option("--priority <0-10000>", "rules act from the lowest to the highest", toWholeNumber(0, 10_000))
    .option("--until <date>", "ends then", toMoment)
    .option("--no-until", "has no end")
    .option("--disabled", "does nothing for now")
    .option("--no-disabled", "acts again")
    .action(updateRule);
  addServerOptions(command);
}

async function updateRule(wanted: string, flags: Flags): Promise<void> {
  const { name, reason, findings: findingsQql, assets: assetQql, priority, until, disabled } = flags;
  const change = someGiven({
    name,
    reason,
    findingsQql,
    assetQql,
    priority,
    effect: readEffect(flags),
    endDate: orCleared(until),
    isEnabled: disabled === undefined ? undefined : !disabled,
  });
  const session = await openSession(flags);
  const { id } = await findNamed(session, RULES, wanted);
  const answer = await session.call(etmRiskRuleUpdate, { params: { ruleId: id }, body: change });
  printRow(await answer.json(), RULES.columns, flags);
}
