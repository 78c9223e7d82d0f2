import type { Command } from "commander";
import { addOutputOption } from "../output.ts";
import { addConnectionOptions } from "../session.ts";
import { addWatchOptions, importOrWatch } from "../watch-folder.ts";

export function addImportCommand(parent: Command): void {
  const command = parent
    .command("import")
    .summary("import files of any supported format")
    .description(
      "Uploads scanner output and captures, also all files of a folder; the server recognises the format by content, in gzip or zip too. With --wait the exit code is 0 when all imports completed and 1 when one failed or a knowledge feed broke off; warnings go to stderr. With --watch it imports what comes into a folder, waits for limits, and goes on until it is ended.",
    )
    .argument("[files...]", "files to import, or folders of them; - is standard input")
    .option("--connection <name>", "named source; otherwise the product that made the file")
    .option("--wait", "wait until the server has taken everything in")
    .action(importOrWatch);
  addConnectionOptions(addOutputOption(addWatchOptions(command)));
}
