import { etmRiskRulePreview, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { type Columns, printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { addEffectOptions, type EffectFlags, needEffect } from "./effect.ts";

type Flags = ServerFlags & EffectFlags & { findings?: string; assets?: string; priority?: number };
type Preview = ResultOf<typeof etmRiskRulePreview>;

const COLUMNS: Columns<Preview> = [
  ["Assets", (preview) => preview.assets],
  ["Findings", (preview) => preview.findings],
  ["Changed", (preview) => preview.changed],
  ["Before", (preview) => toText(preview.before)],
  ["After", (preview) => toText(preview.after)],
];

export function addRulePreviewCommand(parent: Command): void {
  const command = parent
    .command("preview")
    .summary("try a risk rule")
    .description("Counts what a rule would match and change; changes nothing.")
    .option("--findings <qql>", "query over findings")
    .option("--assets <qql>", "query over assets");
  addEffectOptions(command)
    .option("--priority <0-10000>", "rules act from the lowest to the highest; otherwise 100", toWholeNumber(0, 10_000))
    .action(previewRule);
  addServerOptions(command);
}

async function previewRule(flags: Flags): Promise<void> {
  const { findings: findingsQql, assets: assetQql, priority } = flags;
  const body = { ...onlyGiven({ findingsQql, assetQql, priority }), effect: needEffect(flags) };
  const session = await openSession(flags);
  printRow(await (await session.call(etmRiskRulePreview, { body })).json(), COLUMNS, flags);
}

function toText(bands: Preview["before"]): string {
  return Object.entries(bands)
    .map(([band, count]) => `${count} ${band}`)
    .join(", ");
}
