import { adminUserList } from "@breakwater/client";
import type { Command } from "commander";
import { addOutputOption, type OutputFlags, printRows } from "../../output.ts";
import { addConnectionOptions, type ConnectionFlags, openSession } from "../../session.ts";
import { USER_COLUMNS, type User } from "./columns.ts";

export function addUserListCommand(parent: Command): void {
  const command = parent
    .command("list")
    .summary("list users")
    .description("Lists the users of the subscription.")
    .action(async (flags: ConnectionFlags & OutputFlags) => {
      const session = await openSession(flags);
      const answer = await session.call(adminUserList);
      printRows(await answer.json<User[]>(), USER_COLUMNS, flags);
    });
  addConnectionOptions(addOutputOption(command));
}
