import { adminClientCreate, MODULES, type Module, PERMISSIONS, type Permission } from "@breakwater/client";
import { type Command, Option } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printOnce } from "../../output.ts";
import { openSession } from "../../session.ts";
import { SECRET_COLUMNS } from "./noun.ts";

type Flags = ServerFlags & {
  kind: "user" | "subscription";
  module: Module[];
  user?: string;
  permission?: Permission[];
  scopeTag?: string[];
  expires?: string;
};

export function addClientCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create an API client")
    .description(
      "Creates an API client and prints its id and its secret, which is shown this once. The subscription's survives any user; a user's acts as that user and ends with it.",
    )
    .argument("<name>", "name of the client")
    .addOption(new Option("--kind <kind>", "whose it is").choices(["subscription", "user"]).default("subscription"))
    .addOption(new Option("--module <modules...>", "what it may work with").choices(MODULES).default(["ETM", "OT"]))
    .option("--user <name>", "of --kind user: whose; the caller's unless given")
    .addOption(
      new Option("--permission <names...>", "of --kind subscription: only these of its modules").choices(PERMISSIONS),
    )
    .option(
      "--scope-tag <tags...>",
      "of --kind subscription: tags whose assets it sees; what the caller sees unless given",
    )
    .option("--expires <time>", "when it ends, e.g. 2027-01-01T00:00:00Z")
    .action(createClient);
  addServerOptions(command);
}

async function createClient(name: string, flags: Flags): Promise<void> {
  const { kind, module, user, permission, scopeTag, expires } = flags;
  const session = await openSession(flags);
  const answer = await session.call(adminClientCreate, {
    body: onlyGiven({ name, kind, modules: module, user, permissions: permission, scopeTags: scopeTag, expires }),
  });
  printOnce(await answer.json(), SECRET_COLUMNS, flags);
}
