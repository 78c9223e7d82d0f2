import { adminRoleUpdate } from "@breakwater/client";
import type { Command } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { ROLES } from "./noun.ts";
import { addRoleOptions, type RoleFlags, toAccess } from "./options.ts";

type Flags = ServerFlags & RoleFlags & { name?: string };

export function addRoleUpdateCommand(parent: Command): void {
  const command = parent
    .command("update")
    .summary("change a custom role")
    .description(
      "Changes what is given and leaves the rest; --permission and --access name all that it has from now on. Acts on every user of the role within a second.",
    )
    .argument("<name>", "name or id of the role")
    .option("--name <name>", "new name")
    .action(updateRole);
  addServerOptions(addRoleOptions(command));
}

async function updateRole(name: string, flags: Flags): Promise<void> {
  const change = someGiven({
    name: flags.name,
    description: flags.description,
    permissions: flags.permission,
    ...(flags.access && toAccess(flags.access)),
  });
  const session = await openSession(flags);
  const { id } = await findNamed(session, ROLES, name);
  const answer = await session.call(adminRoleUpdate, { params: { roleId: id }, body: change });
  printRow(await answer.json(), ROLES.columns, flags);
}
