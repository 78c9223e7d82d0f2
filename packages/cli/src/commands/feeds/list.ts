import { etmFeedList, type ResultOf } from "@breakwater/client";
import type { Command } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { type Columns, printRows } from "../../output.ts";
import { openSession } from "../../session.ts";

type Feed = ResultOf<typeof etmFeedList>[number];

const COLUMNS: Columns<Feed> = [
  ["Feed", (feed) => feed.kind],
  ["Status", (feed) => feed.status],
  ["Date", (feed) => (feed.publishedDate === null ? null : new Date(feed.publishedDate).toISOString().slice(0, 10))],
  ["Age in days", (feed) => feed.ageDays],
  ["Entries", (feed) => feed.recordCount],
];

export function addFeedListCommand(parent: Command): void {
  const command = parent
    .command("list")
    .summary("list knowledge feeds with their age")
    .description("Lists every kind of feed with its own date and age, also what was never loaded.")
    .action(listFeeds);
  addServerOptions(command);
}

async function listFeeds(flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  printRows(await (await session.call(etmFeedList)).json(), COLUMNS, flags);
}
