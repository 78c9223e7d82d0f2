import { etmRiskRuleCreate } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { toMoment } from "../../moment.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { addEffectOptions, type EffectFlags, needEffect } from "./effect.ts";
import { RULES } from "./noun.ts";

type Flags = ServerFlags &
  EffectFlags & {
    reason: string;
    findings?: string;
    assets?: string;
    priority?: number;
    until?: number;
    disabled?: true;
  };

export function addRuleCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a risk rule")
    .description("Raises or lowers the scores of what it matches, now and after each import.")
    .argument("<name>", "name of the rule")
    .requiredOption("--reason <text>", "why; shown with every score that the rule changes")
    .option("--findings <qql>", "query over findings, e.g. finding.port:443")
    .option("--assets <qql>", "query over assets, e.g. asset.tag.name:`Behind IPS`");
  addEffectOptions(command)
    .option("--priority <0-10000>", "rules act from the lowest to the highest; otherwise 100", toWholeNumber(0, 10_000))
    .option("--until <date>", "ends then", toMoment)
    .option("--disabled", "does nothing yet")
    .action(createRule);
  addServerOptions(command);
}

async function createRule(name: string, flags: Flags): Promise<void> {
  const { reason, findings: findingsQql, assets: assetQql, priority, until: endDate, disabled } = flags;
  const queries = { findingsQql, assetQql };
  const body = onlyGiven({ name, reason, ...queries, priority, endDate, isEnabled: disabled && false });
  const effect = needEffect(flags);
  const session = await openSession(flags);
  const answer = await session.call(etmRiskRuleCreate, { body: { ...body, effect } });
  printRow(await answer.json(), RULES.columns, flags);
}
