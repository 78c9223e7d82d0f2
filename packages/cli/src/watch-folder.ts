import { access, constants, mkdir, readdir, rename, stat } from "node:fs/promises";
import { join, parse } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "@breakwater/client";
import type { Command } from "commander";
import { CommandFailure, UsageError } from "./failure.ts";
import { importFiles } from "./import-files.ts";
import {
  describeCounts,
  describeProblems,
  FILE_REFUSALS,
  type ImportJob,
  isFailure,
  UNFINISHED,
  type UploadKind,
  uploadFile,
  waitForImport,
} from "./imports.ts";
import { toWholeNumber } from "./numbers.ts";
import type { OutputFlags } from "./output.ts";
import { WAITING_PATIENCE } from "./polling.ts";
import { type ConnectionFlags, openSession, type Session } from "./session.ts";
import { withStandardInput } from "./standard-input.ts";
import { note, print, toVisible } from "./terminal.ts";

type WatchFlags = ConnectionFlags &
  OutputFlags & { watch: string; kind?: UploadKind; connection?: string; settle: number; ring?: boolean };

/** The options of a command that can watch a folder instead. */
export function addWatchOptions(command: Command): Command {
  return command
    .option("--watch <folder>", "import what comes into it, and move it to `done` or `failed` in there")
    .option("--settle <seconds>", "with --watch: how long a file must not have changed", toWholeNumber(1, 86_400), 5)
    .option("--ring", "with --watch: leave the newest file until a newer one comes, as for captures that rotate");
}

export type FilesOrFolder = ConnectionFlags &
  OutputFlags & {
    watch?: string;
    kind?: UploadKind;
    connection?: string;
    settle: number;
    ring?: boolean;
    wait?: boolean;
  };

/** @throws UsageError when neither or both are given */
export async function importOrWatch(files: readonly string[], flags: FilesOrFolder): Promise<void> {
  const { watch } = flags;
  if (files.length > 0 === (watch !== undefined)) throw new UsageError("give either files or --watch");
  if (watch === undefined) await withStandardInput(files, (paths) => importFiles(paths, flags));
  else await watchFolder({ ...flags, watch });
}

/** A file as it was when it was looked at. */
type Look = { name: string; size: number; changedMs: number };
type Known = Look & { sinceMs: number };
type Outcome = "done" | "failed" | "later";

/** How often the folder is looked at, and how long a server that does not answer is left alone. */
const LOOK_MS = 1_000;
const REST_MS = 15_000;

/**
 * Imports each file that comes into a folder, the oldest first, once it has not changed for `settle` seconds, and moves it
 * to `done` or `failed` in there; until it is ended from outside. A file is moved only when its import has ended: after a
 * restart it is imported again, which changes nothing but last-seen. With `ring` the newest file waits, however quiet it
 * is: who captures into a ring of files keeps the last one open.
 *
 * @throws CommandFailure when the folder cannot be read, ApiError when the caller may not import
 */
async function watchFolder(flags: WatchFlags): Promise<void> {
  const { watch: folder } = flags;
  await prepare(folder);
  const session = await openSession(flags, { waitForLimits: WAITING_PATIENCE });
  note(`watching ${toVisible(folder)}`);
  let known = new Map<string, Known>();
  for (;;) {
    known = await lookAt(folder, known);
    let restMs = LOOK_MS;
    for (const file of ripe(known, flags)) {
      const outcome = await importOne(session, join(folder, file.name), flags);
      if (outcome === "later") {
        restMs = REST_MS;
        break;
      }
      if (isSame(file, await look(folder, file.name))) await moveTo(join(folder, outcome), folder, file.name);
      known.delete(file.name);
    }
    await delay(restMs);
  }
}

async function prepare(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (!stats?.isDirectory()) throw new CommandFailure(`there is no folder ${folder}`);
  for (const name of ["done", "failed"]) await mkdir(join(folder, name), { recursive: true });
}

/** What is in the folder, and since when it has been as it is. */
async function lookAt(folder: string, before: ReadonlyMap<string, Known>): Promise<Map<string, Known>> {
  const now = performance.now();
  const seen = new Map<string, Known>();
  for (const name of await readdir(folder)) {
    if (UNFINISHED.test(name)) continue;
    const found = await look(folder, name);
    if (!found) continue;
    const former = before.get(name);
    seen.set(name, { ...found, sinceMs: former && isSame(former, found) ? former.sinceMs : now });
  }
  return seen;
}

/** Undefined for what is no file, or has gone. */
async function look(folder: string, name: string): Promise<Look | undefined> {
  const stats = await stat(join(folder, name)).catch(() => undefined);
  return stats?.isFile() ? { name, size: stats.size, changedMs: stats.mtimeMs } : undefined;
}

function isSame(a: Look, b: Look | undefined): boolean {
  return a.size === b?.size && a.changedMs === b.changedMs;
}

/** Reports are to come in by their age. */
function ripe(known: ReadonlyMap<string, Known>, { settle, ring }: WatchFlags): Known[] {
  const now = performance.now();
  const byAge = [...known.values()].sort((a, b) => a.changedMs - b.changedMs || (a.name < b.name ? -1 : 1));
  return (ring ? byAge.slice(0, -1) : byAge).filter(({ sinceMs }) => now - sinceMs >= settle * 1000);
}

async function importOne(session: Session, path: string, flags: WatchFlags): Promise<Outcome> {
  const { base: name } = parse(path);
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    note(toVisible((error as Error).message));
    return "failed";
  }
  try {
    const { kind, connection } = flags;
    const told = kind ? { kind } : {};
    const uploaded = await uploadFile(session, path, { ...told, ...(connection ? { connection } : {}) });
    const job = await waitForImport(session, uploaded.id, told);
    tell(job, flags);
    return isFailure(job) ? "failed" : "done";
  } catch (error) {
    return judge(error, toVisible(name));
  }
}

function tell(job: ImportJob, flags: WatchFlags): void {
  for (const line of describeProblems(job)) note(line);
  if (flags.output === "json") print(JSON.stringify(job));
  else print(`${toVisible(job.fileName ?? job.id)}: ${job.status}, ${describeCounts(job.counts)}`);
}

/** @throws what trying again will not mend */
function judge(error: unknown, name: string): Outcome {
  if (error instanceof ApiError && FILE_REFUSALS.has(error.status)) {
    note(`${name}: ${toVisible(error.message)}`);
    return "failed";
  }
  const isPassing =
    error instanceof CommandFailure || (error instanceof ApiError && (error.status === 429 || error.status >= 500));
  if (!isPassing) throw error;
  note(`${name}: trying again shortly: ${toVisible(error.message)}`);
  return "later";
}

/** Under another name where one of that name is there already. */
async function moveTo(target: string, folder: string, name: string): Promise<void> {
  const taken = new Set(await readdir(target));
  const { name: stem, ext } = parse(name);
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${stem} (${n})${ext}`;
  await rename(join(folder, name), join(target, free));
}
