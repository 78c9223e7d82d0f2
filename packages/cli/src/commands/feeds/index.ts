import type { Command } from "commander";
import { addFeedListCommand } from "./list.ts";
import { addFeedLoadCommand } from "./load.ts";

/** `breakwater feeds …`. */
export function addFeedCommands(program: Command): void {
  const feeds = program.command("feeds").summary("work with knowledge feeds");
  addFeedLoadCommand(feeds);
  addFeedListCommand(feeds);
}
