import type { Command } from "commander";
import { UsageError } from "../failure.ts";
import { importFiles } from "../import-files.ts";
import { toWholeNumber } from "../numbers.ts";
import type { OutputFlags } from "../output.ts";
import { addOutputOption } from "../output.ts";
import { addConnectionOptions, type ConnectionFlags } from "../session.ts";
import { watchFolder } from "../watch-folder.ts";

type Flags = ConnectionFlags & OutputFlags & { connection?: string; wait?: boolean; watch?: string; settle: number };

export function addImportCommand(parent: Command): void {
  const command = parent
    .command("import")
    .summary("import files of any supported format")
    .description(
      "Uploads scanner output and captures; the server recognises the format by content, in gzip or zip too. With --wait the exit code is 0 when all imports completed and 1 when one failed; warnings go to stderr. With --watch it imports what comes into a folder, waits for limits, and goes on until it is ended.",
    )
    .argument("[files...]", "files to import")
    .option("--connection <name>", "named source; otherwise the product that made the file")
    .option("--wait", "wait until the server has taken everything in")
    .option("--watch <folder>", "import what comes into it, and move it to `done` or `failed` in there")
    .option("--settle <seconds>", "with --watch: how long a file must not have changed", toWholeNumber(1, 86_400), 5)
    .action(importOrWatch);
  addConnectionOptions(addOutputOption(command));
}

async function importOrWatch(files: string[], flags: Flags): Promise<void> {
  if (files.length > 0 === (flags.watch !== undefined)) throw new UsageError("give either files or --watch");
  if (flags.watch === undefined) return importFiles(files, flags);
  await watchFolder({ ...flags, watch: flags.watch });
}
