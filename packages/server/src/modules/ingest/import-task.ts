import { type IntakeMember, openIntake } from "@breakwater/formats/intake/index";
import type { Issue } from "@breakwater/formats/records";
import type { Logger } from "pino";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import type { JobKey, Jobs, Task } from "../../jobs/index.ts";
import { createScanSink, type Retag, readScan, refreshStatistics, type ScanStep, startOf } from "../findings/index.ts";
import { createCaptureSink, PASSIVE_SENSOR } from "../ot/index.ts";
import { createProjectFileSink, PROJECT_FILE, toProjectUpload } from "../projectfiles/index.ts";
import { retagAssets } from "../tags/index.ts";
import { AdvisoryMembers } from "./advisory-members.ts";
import { isConnectionLive } from "./connection-store.ts";
import { ConnectionBusyError, ConnectionTurns } from "./connection-turns.ts";
import { FeedMembers } from "./feed-members.ts";
import { ImportProgress, TakenOverError } from "./import-run.ts";
import {
  type ClaimedImport,
  claimImport,
  findOrCreateConnection,
  finishImport,
  holdImport,
  listUnfinishedImports,
  releaseImport,
} from "./import-store.ts";
import { knownFormats } from "./known-formats.ts";
import { readInThread } from "./read-in-thread.ts";
import type { ImportRun, ImportSink } from "./sink.ts";
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
/** Imports of the subscription that are woken when one has ended. */
const MAX_WOKEN = 10;
/** Smaller files are read before a thread for them has started, which takes 0.4 s of CPU. */
const MIN_THREAD_BYTES = 16_777_216;
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
    isOver = await handleFailure(parts, key, job, signal, error);
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
    await finish(parts, key, job, "FAILED", "the uploaded file is gone from the data directory; import it again");
    return true;
  }
  await readFile(parts, job, progress, turns);
  await refreshStatistics(parts.db.imports, progress.counts.findingsNew);
  await conclude(parts, key, job, progress);
  return true;
}

async function handleFailure(
  parts: ImportTaskParts,
  key: JobKey,
  job: ClaimedImport,
  signal: AbortSignal,
  error: unknown,
): Promise<boolean> {
  if (error instanceof TakenOverError) return false;
  if (signal.aborted || error instanceof ConnectionBusyError) {
    await releaseImport(parts.db, key, job.attempt);
    return false;
  }
  parts.log.error({ err: error, job: key.id, attempt: job.attempt }, "import interrupted");
  if (job.idleAttempts < MAX_IDLE_ATTEMPTS) throw error;
  const message = `given up after ${job.idleAttempts} attempts that got no further; the server's log tells why under job ${key.id}. What was read before stays imported`;
  await finish(parts, key, job, "FAILED", message);
  return true;
}

async function wakeOthers(parts: ImportTaskParts, { subscriptionId, id }: JobKey): Promise<void> {
  const waiting = await listUnfinishedImports(parts.db);
  const others = waiting.filter((job) => job.subscriptionId === subscriptionId && job.id !== id);
  for (const job of others.slice(0, MAX_WOKEN)) await parts.jobs().enqueue(IMPORT_TASK, job);
}

/** Reads all members of the file and ends with everything committed. */
async function readFile(
  parts: ImportTaskParts,
  job: ClaimedImport,
  progress: ImportProgress,
  turns: ConnectionTurns,
): Promise<void> {
  const source = parts.files.read(progress.key.id, (bytes) => {
    progress.bytesRead = bytes;
  });
  const feeds = new FeedMembers(parts, progress, job.checkpoint.sink ?? {});
  const advisories = new AdvisoryMembers(progress, job.createdAt, parts.clock);
  const known = knownFormats(job.csvMapping);
  for await (const event of openIntake(source, { maxDecompressedBytes: parts.maxUnpackedBytes }, known)) {
    const isToRead = progress.startMember();
    if (!isToRead) continue;
    if (event.type === "issue") progress.issue(event.issue);
    else if (!isAccepted(job, event.member)) progress.issue(refuseKind(event.member));
    else if (event.member.kind === "feed") {
      await advisories.flush();
      await feeds.read(event.member);
    } else if (event.member.kind === "advisory") {
      await feeds.flush();
      await advisories.read(event.member);
    } else {
      await feeds.flush();
      await advisories.flush();
      await readMember(parts, job, progress, turns, event.member);
    }
  }
  await advisories.flush();
  await feeds.finish();
  await advisories.finish();
}

async function readMember(
  parts: ImportTaskParts,
  job: ClaimedImport,
  progress: ImportProgress,
  turns: ConnectionTurns,
  member: Exclude<IntakeMember, { kind: "feed" | "advisory" }>,
): Promise<void> {
  const { subscriptionId } = progress.key;
  progress.format ??= member.format;
  const open = async (product: string): Promise<ImportRun> => {
    const name = job.connectionName ?? product;
    progress.connectionName ??= name;
    return progress.toRun(await findOrCreateConnection(parts.db, subscriptionId, name, product));
  };
  if (member.kind === "capture") {
    const sink = createCaptureSink(await open(PASSIVE_SENSOR));
    for await (const events of member.parse()) await sink.write(events);
    await sink.end();
    return;
  }
  if (member.kind === "projectfile") {
    const sink = createProjectFileSink(await open(PROJECT_FILE), toProjectUpload(job, member), parts.clock);
    for await (const events of member.parse()) await sink.write(events);
    await sink.end();
    return;
  }
  await readScanMember(parts, job, progress, turns, { member, open });
}

async function readScanMember(
  parts: ImportTaskParts,
  job: ClaimedImport,
  progress: ImportProgress,
  turns: ConnectionTurns,
  { member, open }: { member: ScanMember; open: (product: string) => Promise<ImportRun> },
): Promise<void> {
  const { subscriptionId } = progress.key;
  let sink: ImportSink<ScanStep> | undefined;
  for await (const steps of toSteps(job, progress, member)) {
    const told = steps.find((step) => step.type === "run");
    if (told) {
      const run = await open(told.product);
      await turns.take(subscriptionId, run.connection.id);
      // Deleted since it was found: the next attempt makes another of its name.
      if (!(await isConnectionLive(parts.db, subscriptionId, run.connection.id))) {
        throw new ConnectionBusyError(`connection ${run.connection.id} has been deleted`);
      }
      const retag: Retag = (tx, id, assetIds) => retagAssets(tx, id, assetIds, parts.clock());
      sink = createScanSink(run, { retag });
    }
    await sink?.write(steps);
  }
  await sink?.end();
}

type ScanMember = Extract<IntakeMember, { kind: "scan" }>;

function toSteps(job: ClaimedImport, progress: ImportProgress, member: ScanMember): AsyncGenerator<ScanStep[]> {
  const { importedAt, resumeFrom } = progress.toBareRun();
  const options = { start: startOf(resumeFrom), importedAt };
  if (job.fileBytes < MIN_THREAD_BYTES) return readScan(member.parse(), options);
  const request = { ...options, format: member.format, csvMapping: job.csvMapping };
  return member.parseWith((bytes) => readInThread(bytes, request));
}

function isAccepted({ acceptedKinds }: ClaimedImport, { kind }: IntakeMember): boolean {
  return acceptedKinds === null || acceptedKinds.includes(kind);
}

/** What the upload's own permission does not cover, found out by the file's content. */
function refuseKind({ kind, name, format }: IntakeMember): Issue {
  const operation = KIND_OPERATIONS[kind] ?? "POST /ingest/1.0/import";
  const message = `${name ?? "the file"} was recognised as ${format}, which is not imported here: use ${operation}`;
  return { level: "refused", code: "kind-not-accepted", where: name ?? "byte 0", message, fatal: name === null };
}

const KIND_OPERATIONS: Readonly<Record<string, string>> = {
  capture: "POST /ot/1.0/capture/import",
  projectfile: "POST /ot/1.0/projectfile/import",
};

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
  await parts.db.imports.transaction().execute(async (tx) => {
    if (!(await holdImport(tx, key, job.attempt))) throw new TakenOverError();
    await finishImport(tx, key, { status, message, now: parts.clock() });
  });
  await parts.files.remove(key.id);
}
