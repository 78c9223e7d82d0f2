import { adminRoleCreate } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { ROLES } from "./noun.ts";
import { addRoleOptions, type RoleFlags, toAccess } from "./options.ts";

export function addRoleCreateCommand(parent: Command): void {
  const command = parent
    .command("create")
    .summary("create a custom role")
    .description("Creates a custom role, for the API and the console unless --access says otherwise.")
    .argument("<name>", "name of the role")
    .action(createRole);
  addServerOptions(addRoleOptions(command));
}

async function createRole(name: string, flags: ServerFlags & RoleFlags): Promise<void> {
  const { description, permission = [], access = ["api", "ui"] } = flags;
  const session = await openSession(flags);
  const answer = await session.call(adminRoleCreate, {
    body: { name, permissions: permission, ...onlyGiven({ description }), ...toAccess(access) },
  });
  printRow(await answer.json(), ROLES.columns, flags);
}
