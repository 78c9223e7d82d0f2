import { adminUserDelete } from "@breakwater/client";
import type { Command } from "commander";
import { addDeleteCommand, addListCommand, addShowCommand } from "../../noun-commands.ts";
import { addUserCreateCommand } from "./create.ts";
import { USERS } from "./noun.ts";
import { addUserPasswordCommand } from "./password.ts";
import { addUserUnlockCommand } from "./unlock.ts";
import { addUserUpdateCommand } from "./update.ts";

/** `breakwater user …`; the verbs that all nouns have alike stand in noun-commands.ts. */
export function addUserCommands(program: Command): void {
  const user = program.command("user").summary("manage users");
  addUserCreateCommand(user);
  addListCommand(user, USERS);
  addShowCommand(user, USERS);
  addUserUpdateCommand(user);
  addUserUnlockCommand(user);
  addUserPasswordCommand(user);
  addDeleteCommand(user, USERS, {
    consequence: "Its tokens end at once; what it did stays in the audit log.",
    act: (session, { id }) => session.call(adminUserDelete, { params: { userId: id } }),
  });
}
