import type { Command } from "commander";
import { importFiles } from "../../import-files.ts";
import type { OutputFlags } from "../../output.ts";
import { addOutputOption } from "../../output.ts";
import { addConnectionOptions, type ConnectionFlags } from "../../session.ts";

type Flags = ConnectionFlags & OutputFlags & { connection?: string };

export function addCaptureImportCommand(parent: Command): void {
  const command = parent
    .command("import")
    .summary("import packet captures and wait")
    .description(
      "Uploads packet captures (pcap, pcapng) and Zeek logs, in gzip or zip too, and waits until the hosts in them are known. The exit code is 0 when all imports completed and 1 when one failed; warnings go to stderr.",
    )
    .argument("<files...>", "captures to import")
    .option("--connection <name>", "named source, e.g. the sensor or the network")
    .action(async (files: string[], flags: Flags) => importFiles(files, { ...flags, kind: "capture", wait: true }));
  addConnectionOptions(addOutputOption(command));
}
