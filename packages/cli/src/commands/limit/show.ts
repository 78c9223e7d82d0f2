import type { Command } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { openSession } from "../../session.ts";
import { findSubscription, printLimits, readLimits } from "./noun.ts";

type Flags = ServerFlags & { subscription?: string; all?: boolean };

export function addLimitShowCommand(parent: Command): void {
  const command = parent
    .command("show")
    .summary("show limits and what is used of them")
    .description(
      "Shows the service level and the APIs that are used now or have numbers of their own. JSON has all APIs.",
    )
    .option("--all", "every API")
    .option("--subscription <name>", "name or id of another subscription; for the operator")
    .action(showLimits);
  addServerOptions(command);
}

async function showLimits(flags: Flags): Promise<void> {
  const session = await openSession(flags);
  const limits = await readLimits(session, await findSubscription(session, flags.subscription));
  printLimits(limits, ({ isException, used }) => flags.all === true || isException || used > 0, flags);
}
