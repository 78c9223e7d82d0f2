import type { Logger } from "pino";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import type { JobKey, Jobs, Task } from "../../jobs/index.ts";
import { refreshStatistics } from "../findings/index.ts";
import { ConnectionBusyError, ConnectionTurns } from "./connection-turns.ts";
import { ImportProgress, TakenOverError } from "./import-run.ts";
import {
  type ClaimedImport,
  claimImport,
  finishImport,
  holdImport,
  listUnfinishedImports,
  releaseImport,
} from "./import-store.ts";
import { readUpload } from "./read-upload.ts";
import { leaveScoresToWalk, settleAbandoned, wakeWalk } from "./settle-abandoned.ts";
import { toStorableIssue } from "./storable-issue.ts";
import type { UploadFiles } from "./upload-files.ts";

export type ImportTaskParts = {
  db: Database;
  jobs: () => Jobs;
  files: UploadFiles;
  clock: Clock;
  log: Logger;
  maxUnpackedBytes: number;
};

export const IMPORT_TASK = "import";
/** Attempts without a single commit between them: the file is what ends them. */
const MAX_IDLE_ATTEMPTS = 5;
/** Attempts after which a job is ended even though what it wrote cannot be settled. */
const MAX_SETTLE_ATTEMPTS = 10;
/** Imports of the subscription that are woken when one has ended. */
const MAX_WOKEN = 10;
const ORPHAN_AGE_MS = 24 * 3_600_000;
/** How long a job waits for the node that has its upload. */
const ABANDONED_AGE_MS = 24 * 3_600_000;

/** Reads an uploaded file into the database, resuming where a former attempt stopped. */
export function createImportTask(parts: ImportTaskParts): Task {
  return {
    name: IMPORT_TASK,
    run: (key, { signal }) => runImport(parts, key, signal),
    listUnfinished: async () => {
      const jobs = await listUnfinishedImports(parts.db);
      const ids = new Set(jobs.map(({ id }) => id));
      await parts.files.removeOrphans((id) => ids.has(id), parts.clock() - ORPHAN_AGE_MS);
      return jobs;
    },
  };
}

async function runImport(parts: ImportTaskParts, key: JobKey, signal: AbortSignal): Promise<void> {
  const now = parts.clock();
  // Without the upload this is likely another node's job, which its next sweep wakes again; only an old one is given up.
  const isHere = await parts.files.has(key.id);
  const job = await claimImport(parts.db, key, isHere ? { now } : { now, createdBefore: now - ABANDONED_AGE_MS });
  if (!job) return;
  const turns = new ConnectionTurns(parts.db);
  let isOver = false;
  try {
    isOver = await attempt(parts, job, new ImportProgress(parts.db, key, job, signal), turns);
  } catch (error) {
    isOver = await handleFailure(parts, { key, job, signal, turns }, error);
  } finally {
    await turns.end();
  }
  // The turn is free now for imports of the same connection that were sent away.
  if (isOver) await wakeOthers(parts, key);
}

/** @returns true: the job has ended */
async function attempt(
  parts: ImportTaskParts,
  job: ClaimedImport,
  progress: ImportProgress,
  turns: ConnectionTurns,
): Promise<boolean> {
  const { key } = progress;
  if (!(await parts.files.has(key.id))) {
    const message = "the uploaded file is gone from the data directory; import it again";
    await giveUp(parts, { key, job, turns }, message);
    return true;
  }
  await readUpload(parts, job, progress, turns);
  await refreshStatistics(parts.db.imports, progress.counts.findingsNew);
  await conclude(parts, key, job, progress);
  return true;
}

type Attempt = { key: JobKey; job: ClaimedImport; signal: AbortSignal; turns: ConnectionTurns };

async function handleFailure(parts: ImportTaskParts, tried: Attempt, error: unknown): Promise<boolean> {
  const { key, job } = tried;
  if (await isSentAway(parts, tried, error)) return false;
  parts.log.error({ err: error, job: key.id, attempt: job.attempt }, "import interrupted");
  if (job.idleAttempts < MAX_IDLE_ATTEMPTS) throw error;
  const message = `given up after ${job.idleAttempts} attempts that got no further; the server's log tells why under job ${key.id}. What was read before stays imported`;
  try {
    await giveUp(parts, tried, message);
  } catch (failure) {
    if (await isSentAway(parts, tried, failure)) return false;
    throw failure;
  }
  return true;
}

/** Whether the attempt ended for no fault of the file: another one may get on with it. */
async function isSentAway(parts: ImportTaskParts, { key, job, signal }: Attempt, error: unknown): Promise<boolean> {
  if (error instanceof TakenOverError) return true;
  if (!signal.aborted && !(error instanceof ConnectionBusyError)) return false;
  await releaseImport(parts.db, key, job.attempt);
  return true;
}

/** Ends a job before its time. */
async function giveUp(
  parts: ImportTaskParts,
  { key, job, turns }: Omit<Attempt, "signal">,
  message: string,
): Promise<void> {
  try {
    await settleAbandoned(parts.db, turns, key, job.attempt);
  } catch (error) {
    if (error instanceof TakenOverError || error instanceof ConnectionBusyError) throw error;
    if (job.idleAttempts < MAX_SETTLE_ATTEMPTS) throw error;
    parts.log.error({ err: error, job: key.id }, "what an import has left behind could not be settled");
  }
  await finish(parts, key, job, "FAILED", message);
}

async function wakeOthers(parts: ImportTaskParts, { subscriptionId, id }: JobKey): Promise<void> {
  const waiting = await listUnfinishedImports(parts.db);
  const others = waiting.filter((job) => job.subscriptionId === subscriptionId && job.id !== id);
  for (const job of others.slice(0, MAX_WOKEN)) await parts.jobs().enqueue(IMPORT_TASK, job);
}

/** A file of which nothing could be read has failed; of any other the good part is in, and the issues tell the rest. */
async function conclude(
  parts: ImportTaskParts,
  key: JobKey,
  job: ClaimedImport,
  { counts, fatalIssue }: ImportProgress,
): Promise<void> {
  const isEmptyHanded = counts.recordsRead === 0 && counts.assetsNew + counts.hostsNew + counts.hostsUpdated === 0;
  const refused = `${counts.recordsRefused} refused, ${counts.warnings} warnings: see issues`;
  if (fatalIssue && isEmptyHanded) {
    const { where, message } = toStorableIssue(fatalIssue);
    await finish(parts, key, job, "FAILED", `${message} (${where})`);
  } else if (fatalIssue) {
    const { where, message } = toStorableIssue(fatalIssue);
    await finish(parts, key, job, "COMPLETED", `imported up to ${where}: ${message}; ${refused}`);
  } else {
    await finish(parts, key, job, "COMPLETED", counts.recordsRefused > 0 ? `imported in part; ${refused}` : null);
  }
}

async function finish(
  parts: ImportTaskParts,
  key: JobKey,
  job: ClaimedImport,
  status: "COMPLETED" | "FAILED",
  message: string | null,
): Promise<void> {
  const isWalkDue = await parts.db.imports.transaction().execute(async (tx) => {
    if (!(await holdImport(tx, key, job.attempt))) throw new TakenOverError();
    const isDue = status === "FAILED" && (await leaveScoresToWalk(tx, key));
    await finishImport(tx, key, { status, message, now: parts.clock() });
    return isDue;
  });
  await parts.files.remove(key.id);
  if (isWalkDue) await wakeWalk(parts.jobs, key.subscriptionId);
}
