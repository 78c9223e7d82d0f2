import type { Command } from "commander";
import { importFiles } from "../import-files.ts";
import type { OutputFlags } from "../output.ts";
import { addOutputOption } from "../output.ts";
import { addConnectionOptions, type ConnectionFlags } from "../session.ts";

type Flags = ConnectionFlags & OutputFlags & { connection?: string; wait?: boolean };

export function addImportCommand(parent: Command): void {
  const command = parent
    .command("import")
    .summary("import files of any supported format")
    .description(
      "Uploads scanner output and captures; the server recognises the format by content, in gzip or zip too. With --wait the exit code is 0 when all imports completed and 1 when one failed; warnings go to stderr.",
    )
    .argument("<files...>", "files to import")
    .option("--connection <name>", "named source; otherwise the product that made the file")
    .option("--wait", "wait until the server has taken everything in")
    .action(async (files: string[], flags: Flags) => importFiles(files, flags));
  addConnectionOptions(addOutputOption(command));
}
