import type { Command } from "commander";
import { importFiles } from "../../import-files.ts";
import type { OutputFlags } from "../../output.ts";
import { addOutputOption } from "../../output.ts";
import { addConnectionOptions, type ConnectionFlags } from "../../session.ts";
import { withStandardInput } from "../../standard-input.ts";

type Flags = ConnectionFlags & OutputFlags & { connection?: string; plantLocation?: string };

export function addProjectfileImportCommand(parent: Command): void {
  const command = parent
    .command("import")
    .summary("import project files and wait")
    .description(
      "Uploads project files of engineering tools (.L5X, .ACD, .aml, .xef, .zef), in gzip or zip too, and waits until the hosts in them are known. The exit code is 0 when all imports completed and 1 when one failed; warnings go to stderr.",
    )
    .argument("<files...>", "project files to import, or folders of them; - is standard input")
    .option("--connection <name>", "named source, e.g. the plant: addresses are told apart by its network")
    .option("--plant-location <text>", "plant that the files belong to, where they do not tell it themselves")
    .action(async (files: string[], flags: Flags) => {
      await withStandardInput(files, (paths) => importFiles(paths, { ...flags, kind: "projectfile", wait: true }));
    });
  addConnectionOptions(addOutputOption(command));
}
