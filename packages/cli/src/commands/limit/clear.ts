import { adminLimitExceptionDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { openSession } from "../../session.ts";
import { findSubscription, hasOwnNumbers, pickApi, printLimits, readLimits } from "./noun.ts";

type Flags = ServerFlags & { api: string; subscription?: string };

export function addLimitClearCommand(parent: Command): void {
  const command = parent
    .command("clear")
    .summary("take an API's own numbers away")
    .description("Takes an API's own numbers away, so that the subscription's hold for it. For the operator.")
    .requiredOption("--api <api>", 'which, e.g. "GET /ot/1.0/host/list"')
    .option("--subscription <name>", "name or id of another subscription")
    .action(clearLimits);
  addServerOptions(command);
}

async function clearLimits(flags: Flags): Promise<void> {
  const session = await openSession(flags);
  const which = await findSubscription(session, flags.subscription);
  const api = pickApi(await readLimits(session, which), flags.api);
  await session.call(adminLimitExceptionDelete, { query: { ...which, api } });
  printLimits(await readLimits(session, which), hasOwnNumbers, flags);
}
