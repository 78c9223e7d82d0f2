import { etmFindingRevokeAcceptance } from "@breakwater/client";
import type { Command } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printJson } from "../../output.ts";
import { openSession } from "../../session.ts";
import { print } from "../../terminal.ts";

export function addFindingRevokeCommand(parent: Command): void {
  const command = parent
    .command("revoke")
    .summary("revoke the acceptance of a finding's risk")
    .description("The finding counts in scores again.")
    .argument("<id>", "id of the finding")
    .action(revoke);
  addServerOptions(command);
}

async function revoke(findingId: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  await session.call(etmFindingRevokeAcceptance, { params: { findingId } });
  if (flags.output === "json") printJson({ id: findingId, riskAcceptance: null });
  else print("Revoked: it counts in scores again.");
}
