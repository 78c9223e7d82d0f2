import { adminRoleDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addRoleCreateCommand } from "./create.ts";
import { ROLES } from "./noun.ts";
import { addRoleUpdateCommand } from "./update.ts";

/** `breakwater role …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addRoleCommands(program: Command): void {
  const role = program.command("role").summary("manage roles");
  addRoleCreateCommand(role);
  addListCommand(role, ROLES);
  addShowCommand(role, ROLES);
  addRoleUpdateCommand(role);
  addDeleteCommand(role, ROLES, {
    consequence: "Only a custom role that nobody has can be deleted.",
    act: (session, { id }) => session.call(adminRoleDelete, { params: { roleId: id } }),
  });
}
