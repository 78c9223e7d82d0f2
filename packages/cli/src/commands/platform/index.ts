import type { Command } from "commander";
import { addPlatformListCommand } from "./list.ts";

/** `breakwater platform …`. */
export function addPlatformCommands(program: Command): void {
  addPlatformListCommand(program.command("platform").summary("know where accounts live"));
}
