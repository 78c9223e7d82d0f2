import { etmScoreSettingsGet } from "@breakwater/client";
import type { Command } from "commander";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printDetails } from "../../output.ts";
import { openSession } from "../../session.ts";
import { addScoreSetCommand } from "./set.ts";

/** `breakwater score …`. */
export function addScoreCommands(program: Command): void {
  const score = program.command("score").summary("look at and change how assets are scored");
  const show = score
    .command("show")
    .summary("show weights and classes")
    .description("Shows what each band of findings weighs, and from which score on an asset is in a class.")
    .action(async (flags: ServerFlags) => {
      printDetails(await (await (await openSession(flags)).call(etmScoreSettingsGet)).json(), flags);
    });
  addServerOptions(show);
  addScoreSetCommand(score);
}
