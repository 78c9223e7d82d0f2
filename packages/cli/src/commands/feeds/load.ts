import { stat } from "node:fs/promises";
import { Argument, type Command } from "commander";
import { CommandFailure } from "../../failure.ts";
import { importFiles } from "../../import-files.ts";
import { addOutputOption, type OutputFlags } from "../../output.ts";
import { addConnectionOptions, type ConnectionFlags } from "../../session.ts";
import { withFeedFile } from "./feed-file.ts";
import { withZippedFolder } from "./zip-folder.ts";

/** Kinds of feeds. The server recognises each by its content. */
const KINDS = ["kev", "epss", "ssvc", "cve", "csaf"] as const;

type Kind = (typeof KINDS)[number];

export function addFeedLoadCommand(parent: Command): void {
  const command = parent
    .command("load")
    .summary("load a knowledge feed and wait")
    .description(
      "Uploads a feed (CISA KEV, EPSS, CVE records with or without SSVC, CSAF advisories) from a file, a directory or a URL, and waits until it is taken in. The exit code is 0 when all was taken in and 1 when something failed or the feed broke off; warnings go to stderr.",
    )
    .addArgument(new Argument("<kind>", "what it is").choices([...KINDS]))
    .argument("<source>", "file, directory or URL")
    .action(loadFeed);
  addConnectionOptions(addOutputOption(command));
}

async function loadFeed(kind: Kind, source: string, flags: ConnectionFlags & OutputFlags): Promise<void> {
  // CVE records come with SSVC or without.
  const format = kind === "ssvc" ? "cve" : kind;
  const load = async (path: string) => {
    const jobs = await importFiles([path], { ...flags, format, wait: true });
    // Of an archive that was read to its end every file may have been refused.
    const isOther = jobs.some((job) => job.status === "COMPLETED" && job.format === null);
    if (isOther) throw new CommandFailure(`nothing in it is ${kind}, and nothing was taken in`);
  };
  return (await isDirectory(source)) ? withZippedFolder(source, load) : withFeedFile(source, load);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
