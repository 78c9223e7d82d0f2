import { adminAuditList, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { toWholeNumber } from "../../numbers.ts";
import { type Columns, printRows } from "../../output.ts";
import { openSession } from "../../session.ts";
import { note } from "../../terminal.ts";
import { addFilterOptions, type FilterFlags, toFilter } from "./filter.ts";

type Event = ResultOf<typeof adminAuditList>[number];
type Flags = ServerFlags & FilterFlags & { limit: number; before?: number };

const COLUMNS: Columns<Event> = [
  ["Event", (event) => event.id],
  ["When", (event) => event.at],
  ["Who", (event) => event.actor],
  ["What", (event) => event.action],
  ["To", (event) => event.target],
  ["Result", (event) => event.result],
  ["From", (event) => event.address],
];

export function addAuditListCommand(parent: Command): void {
  const command = parent
    .command("list")
    .summary("list events, newest first")
    .description("Lists events of the audit log, newest first; stderr says how to go on where there are more.")
    .option("--limit <count>", "how many, at most 1000", toWholeNumber(1, 1000), 50)
    .option("--before <event>", "only events before the one of this number", toWholeNumber(1, Number.MAX_SAFE_INTEGER))
    .action(listEvents);
  addServerOptions(addFilterOptions(command));
}

async function listEvents(flags: Flags): Promise<void> {
  const session = await openSession(flags);
  const answer = await session.call(adminAuditList, {
    query: { ...toFilter(flags), pageSize: flags.limit, ...onlyGiven({ beforeId: flags.before }) },
  });
  const events = await answer.json();
  printRows(events, COLUMNS, flags);
  const last = events.at(-1);
  if (last && events.length === flags.limit && last.id > 1) note(`older ones: --before ${last.id}`);
}
