import type { Command } from "commander";
import { addListCommand } from "../../noun-commands.ts";
import { KEYS } from "./noun.ts";
import { addKeyRotateCommand } from "./rotate.ts";

/** `breakwater key …`. */
export function addKeyCommands(program: Command): void {
  const key = program.command("key").summary("manage the keys that sign tokens");
  addListCommand(key, KEYS);
  addKeyRotateCommand(key);
}
