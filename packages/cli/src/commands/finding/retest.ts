import { etmFindingRetest } from "@breakwater/client";
import type { Command } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printJson } from "../../output.ts";
import { openSession } from "../../session.ts";
import { print } from "../../terminal.ts";

export function addFindingRetestCommand(parent: Command): void {
  const command = parent
    .command("retest")
    .summary("ask for a new test of a finding")
    .description("The finding is RETEST until a source that looked later tells of it.")
    .argument("<id>", "id of the finding")
    .action(retest);
  addServerOptions(command);
}

async function retest(findingId: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  await session.call(etmFindingRetest, { params: { findingId } });
  if (flags.output === "json") printJson({ id: findingId, status: "RETEST" });
  else print("It waits for its next test.");
}
