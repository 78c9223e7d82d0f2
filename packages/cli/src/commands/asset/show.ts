import { etmAssetGet } from "@breakwater/client";
import type { Command } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printDetails } from "../../output.ts";
import { openSession } from "../../session.ts";

export function addAssetShowCommand(parent: Command): void {
  const command = parent
    .command("show")
    .summary("show an asset, and which identifiers joined its sources")
    .argument("<id>", "id of the asset")
    .action(show);
  addServerOptions(command);
}

async function show(assetId: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  const answer = await session.call(etmAssetGet, { params: { assetId } });
  printDetails(await answer.json(), flags);
}
