import type { Command } from "commander";
import { addOutputOption } from "../../output.ts";
import { addConnectionOptions } from "../../session.ts";
import { addWatchOptions, type FilesOrFolder, importOrWatch } from "../../watch-folder.ts";

export function addCaptureImportCommand(parent: Command): void {
  const command = parent
    .command("import")
    .summary("import packet captures and wait")
    .description(
      "Uploads packet captures (pcap, pcapng) and Zeek logs, in gzip or zip too, also all files of a folder in the order of their age, and waits until the hosts in them are known. The exit code is 0 when all imports completed and 1 when one failed; warnings go to stderr. With --watch it imports what comes into a folder, and goes on until it is ended.",
    )
    .argument("[files...]", "captures to import, or folders of them; - is standard input")
    .option("--connection <name>", "named source, e.g. the sensor or the network")
    .action((files: string[], flags: FilesOrFolder) => importOrWatch(files, { ...flags, kind: "capture", wait: true }));
  addConnectionOptions(addOutputOption(addWatchOptions(command)));
}
