import { etmAssetMerge } from "@breakwater/client";
import type { Command } from "commander";
import { addYesOption, assertConfirmable, type ConfirmFlags, confirm } from "../../confirm.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printJson } from "../../output.ts";
import { openSession } from "../../session.ts";
import { print } from "../../terminal.ts";

type Flags = ServerFlags & ConfirmFlags;

export function addAssetMergeCommand(parent: Command): void {
  const command = parent
    .command("merge")
    .summary("make one asset of two")
    .description("Sources, identifiers and findings of the other become the first one's, and the other is gone.")
    .argument("<id>", "id of the asset that remains")
    .argument("<other>", "id of the asset that is merged into it")
    .action(merge);
  addServerOptions(addYesOption(command));
}

async function merge(assetId: string, other: string, flags: Flags): Promise<void> {
  assertConfirmable(flags);
  const session = await openSession(flags);
  await confirm(`Merge asset ${other} into asset ${assetId}? Asset ${other} is gone then.`, flags);
  await session.call(etmAssetMerge, { params: { assetId }, body: { assetId: other } });
  if (flags.output === "json") printJson({ id: assetId, merged: other });
  else print("Merged.");
}
