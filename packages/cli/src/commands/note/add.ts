import { text as readText } from "node:stream/consumers";
import { adminReleaseNoteCreate } from "@breakwater/client";
import type { Command } from "commander";
import { onlyGiven } from "../../given.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { printRow } from "../../output.ts";
import { openSession } from "../../session.ts";
import { NOTES } from "./noun.ts";

type Flags = ServerFlags & { text: string; link?: string; date?: string };

export function addNoteAddCommand(parent: Command): void {
  const command = parent
    .command("add")
    .summary("publish a release note")
    .description("Publishes a release note in the notification feed and to webhooks. For the operator.")
    .argument("<title>", "its title")
    .requiredOption("--text <text>", "its text, shown as it stands; - reads it from standard input")
    .option("--link <url>", "where there is more")
    .option("--date <date>", "2026-01-01 or an RFC 3339 time, not in the future; now unless given")
    .action(addNote);
  addServerOptions(command);
}

async function addNote(title: string, flags: Flags): Promise<void> {
  const { link, date } = flags;
  const text = flags.text === "-" ? await readText(process.stdin) : flags.text;
  const session = await openSession(flags);
  const answer = await session.call(adminReleaseNoteCreate, { body: onlyGiven({ title, text, link, date }) });
  printRow(await answer.json(), NOTES.columns, flags);
}
