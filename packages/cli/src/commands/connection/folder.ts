import {
  ingestConnectionFolderDelete,
  ingestConnectionFolderGet,
  ingestConnectionFolderPoll,
  ingestConnectionFolderSet,
  type ResultOf,
} from "@breakwater/client";
import type { Command } from "commander";
import { someGiven } from "../../given.ts";
import { findNamed } from "../../noun.ts";
import { addServerOptions, type ServerFlags } from "../../noun-commands.ts";
import { type Columns, printJson, printRow } from "../../output.ts";
import { addRhythmOptions, describeRhythm, type RhythmFlags, toRhythmBody } from "../../rhythm.ts";
import { openSession, type Session } from "../../session.ts";
import { print } from "../../terminal.ts";
import { CONNECTIONS } from "./noun.ts";

type Folder = ResultOf<typeof ingestConnectionFolderGet>;
type Flags = ServerFlags & RhythmFlags & { folder?: string; now?: true };

const COLUMNS: Columns<Folder> = [
  ["Folder", (watched) => watched.folder],
  ["Looked at", (watched) => describeRhythm(watched.rhythm)],
  ["Next", (watched) => watched.nextPoll],
  ["Last", (watched) => watched.lastPoll],
  ["Imported", (watched) => watched.importedCount],
  ["Waiting", (watched) => watched.waitingCount],
  ["Fault", (watched) => watched.lastFault],
  ["Failed", ({ failedImports }) => failedImports.map(({ fileName, message }) => `${fileName}: ${message}`).join("\n")],
];

/** Adds `watch` and `unwatch`. */
export function addConnectionFolderCommands(parent: Command): void {
  const watch = parent
    .command("watch")
    .summary("have the server import what comes into a folder")
    .description(
      "Has the server look into a folder of its import directory and import what is new, for this connection. Without options it shows what is watched.",
    )
    .argument("<name>", "name or id of the connection")
    .option("--folder <path>", "within the subscription's directory, such as plant-north/scans")
    .option("--now", "look now, besides the rhythm")
    .action(watchFolder);
  addServerOptions(addRhythmOptions(watch, "otherwise every 5 minutes"));
  const unwatch = parent
    .command("unwatch")
    .summary("end watching a folder")
    .description("Ends it; what was imported stays.")
    .argument("<name>", "name or id of the connection")
    .action(unwatchFolder);
  addServerOptions(unwatch);
}

async function watchFolder(name: string, flags: Flags): Promise<void> {
  const session = await openSession(flags);
  const params = await findParams(session, name);
  const { folder } = flags;
  const rhythm = toRhythmBody(flags);
  const isChange = folder !== undefined || rhythm !== undefined;
  let answer = isChange
    ? await session.call(ingestConnectionFolderSet, { params, body: someGiven({ folder, rhythm }) })
    : await session.call(ingestConnectionFolderGet, { params });
  if (flags.now) answer = await session.call(ingestConnectionFolderPoll, { params });
  printRow(await answer.json<Folder>(), COLUMNS, flags);
}

async function unwatchFolder(name: string, flags: ServerFlags): Promise<void> {
  const session = await openSession(flags);
  const params = await findParams(session, name);
  await session.call(ingestConnectionFolderDelete, { params });
  if (flags.output === "json") printJson(params);
  else print("Ended.");
}

async function findParams(session: Session, name: string): Promise<{ connectionId: number }> {
  return { connectionId: (await findNamed(session, CONNECTIONS, name)).id };
}
