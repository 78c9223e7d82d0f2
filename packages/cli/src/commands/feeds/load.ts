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
      "Uploads a feed (CISA KEV, EPSS, CVE records with or without SSVC, CSAF advisories) from a file, a directory or a URL, and waits until it is taken in. The exit code is 0 when all was taken in and 1 when something failed; warnings go to stderr.",
    )
    .addArgument(new Argument("<kind>", "what it is").choices([...KINDS]))
    .argument("<source>", "file, directory or URL")
    .action(loadFeed);
  addConnectionOptions(addOutputOption(command));
}

async function loadFeed(kind: Kind, source: string, flags: ConnectionFlags & OutputFlags): Promise<void> {
  const load = async (path: string) => {
    const jobs = await importFiles([path], { ...flags, wait: true });
    for (const { format } of jobs) if (format !== null) assertKind(kind, format);
  };
  return (await isDirectory(source)) ? withZippedFolder(source, load) : withFeedFile(source, load);
}

/** CVE records come with SSVC or without. */
function assertKind(kind: Kind, format: string): void {
  const expected = kind === "ssvc" ? "cve" : kind;
  if (format === expected) return;
  throw new CommandFailure(`by its content it is ${format}, not ${kind}, and was taken in as that`);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
