import type { Command } from "commander";
import { addLimitClearCommand } from "./clear.ts";
import { addLimitSetCommand } from "./set.ts";
import { addLimitShowCommand } from "./show.ts";

/** `breakwater limit …`. */
export function addLimitCommands(program: Command): void {
  const limit = program.command("limit").summary("manage rate and concurrency limits");
  addLimitShowCommand(limit);
  addLimitSetCommand(limit);
  addLimitClearCommand(limit);
}
