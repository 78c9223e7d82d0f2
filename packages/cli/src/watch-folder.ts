import { access, constants, mkdir, readdir, rename, stat } from "node:fs/promises";
import { join, parse } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ApiError } from "@breakwater/client";
import { CommandFailure } from "./failure.ts";
import { describeCounts, describeProblems, type ImportJob, uploadFile, waitForImport } from "./imports.ts";
import type { OutputFlags } from "./output.ts";
import { WAITING_PATIENCE } from "./polling.ts";
import { type ConnectionFlags, openSession, type Session } from "./session.ts";
import { note, print, toVisible } from "./terminal.ts";

export type WatchFlags = ConnectionFlags & OutputFlags & { watch: string; connection?: string; settle: number };

/** A file as it was when it was looked at. */
type Look = { name: string; size: number; changedMs: number };
type Known = Look & { sinceMs: number };
type Outcome = "done" | "failed" | "later";

/** How often the folder is looked at, and how long a server that does not answer is left alone. */
const LOOK_MS = 1_000;
const REST_MS = 15_000;
/** Answers that the file itself brings; of any other refusal it is not to blame. */
const FILE_REFUSALS: ReadonlySet<number> = new Set([400, 413, 415]);
/** What is hidden, or has a name that programs give to what they are still writing. */
const UNFINISHED = /^[.~]|\.(part|partial|tmp|temp|crdownload|filepart)$/i;

/**
 * Imports each file that comes into a folder, the oldest first, once it has not changed for `settle` seconds, and moves it
 * to `done` or `failed` in there; until it is ended from outside. A file is moved only when its import has ended: after a
 * restart it is imported again, which changes nothing but last-seen.
 *
 * @throws CommandFailure when the folder cannot be read, ApiError when the caller may not import
 */
export async function watchFolder(flags: WatchFlags): Promise<void> {
  const { watch: folder, settle } = flags;
  await prepare(folder);
  const session = await openSession(flags, { waitForLimits: WAITING_PATIENCE });
  note(`watching ${toVisible(folder)}`);
  let known = new Map<string, Known>();
  for (;;) {
    known = await lookAt(folder, known);
    let restMs = LOOK_MS;
    for (const file of ripe(known, settle * 1000)) {
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
function ripe(known: ReadonlyMap<string, Known>, settleMs: number): Known[] {
  const now = performance.now();
  return [...known.values()]
    .filter(({ sinceMs }) => now - sinceMs >= settleMs)
    .sort((a, b) => a.changedMs - b.changedMs || (a.name < b.name ? -1 : 1));
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
    const uploaded = await uploadFile(session, path, flags.connection ? { connection: flags.connection } : {});
    const job = await waitForImport(session, uploaded.id);
    tell(job, flags);
    return job.status === "COMPLETED" ? "done" : "failed";
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
