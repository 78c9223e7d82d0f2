import { adminClientUpdate, MODULES, type Module, PERMISSIONS, type Permission } from "@breakwater/client";
import { type Command, Option } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { CLIENTS } from "./noun.ts";

type Flags = ServerFlags & { name?: string; module?: Module[]; permission?: Permission[] };

export function addClientUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change an API client")
    .description(
      "Changes what is given and leaves the rest; acts on its live tokens within a second. New modules leave the subscription's client those of its permissions that belong to them; it gets others only by --permission.",
    )
    .argument("<name>", "name or id of the client")
    .option("--name <name>", "new name")
    .addOption(new Option("--module <modules...>", "what it may work with, instead of those so far").choices(MODULES))
    .addOption(
      new Option(
        "--permission <names...>",
        "of the subscription's client: what it may do, instead of what so far",
      ).choices(PERMISSIONS),
    )
    .action(updateClient);
  addServerOptions(command);
}

async function updateClient(name: string, flags: Flags): Promise<void> {
  const change = someGiven({ name: flags.name, modules: flags.module, permissions: flags.permission });
  const session = await openSession(flags);
  const { clientId } = await findNamed(session, CLIENTS, name);
  const answer = await session.call(adminClientUpdate, { params: { clientId }, body: change });
  printRow(await answer.json(), CLIENTS.columns, flags);
}
