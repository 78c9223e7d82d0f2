import { adminTagList } from "@breakwater/client";
import type { Command } from "commander";
import { addOutputOption, type OutputFlags, printRows } from "../../output.ts";
import { addConnectionOptions, type ConnectionFlags, openSession } from "../../session.ts";
import { TAG_COLUMNS, type Tag } from "./columns.ts";

export function addTagListCommand(parent: Command): void {
  const command = parent
    .command("list")
    .summary("list tags")
    .description("Lists the tags of the subscription.")
    .action(async (flags: ConnectionFlags & OutputFlags) => {
      const session = await openSession(flags);
      const answer = await session.call(adminTagList);
      printRows(await answer.json<Tag[]>(), TAG_COLUMNS, flags);
    });
  addConnectionOptions(addOutputOption(command));
}
