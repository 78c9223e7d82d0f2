import { basename } from "node:path";
import { ApiError } from "@breakwater/client";
import { onlyGiven } from "./given.ts";
import {
  describeCounts,
  describeProblems,
  FILE_REFUSALS,
  findFiles,
  type ImportJob,
  isFailure,
  type UploadKind,
  uploadFile,
  waitForImport,
} from "./imports.ts";
import { type Columns, type OutputFlags, printRows } from "./output.ts";
import { WAITING_PATIENCE } from "./polling.ts";
import { createProgressLine } from "./progress.ts";
import { type ConnectionFlags, openSession, type Session } from "./session.ts";
import { note, toVisible } from "./terminal.ts";

type Flags = ConnectionFlags &
  OutputFlags & { kind?: UploadKind; format?: string; connection?: string; plantLocation?: string; wait?: boolean };

const REQUESTED_COLUMNS: Columns<ImportJob> = [
  ["File", (job) => job.fileName],
  ["Status", (job) => job.status],
  ["Import", (job) => job.id],
];

const FINISHED_COLUMNS: Columns<ImportJob> = [
  ["File", (job) => job.fileName],
  ["Status", (job) => job.status],
  ["Format", (job) => job.format],
  ["Result", (job) => describeCounts(job.counts)],
];

/**
 * Imports the files, and those of folders, one after the other and prints their jobs; sets exit code 1 when one failed or
 * was refused, or a knowledge feed was not taken in as a whole. A file that is refused keeps nothing from those behind it.
 *
 * @returns the jobs
 */
export async function importFiles(paths: readonly string[], flags: Flags): Promise<ImportJob[]> {
  const { kind } = flags;
  const files = await findFiles(paths);
  const session = await openSession(flags, flags.wait ? { waitForLimits: WAITING_PATIENCE } : {});
  const progress = createProgressLine();
  const jobs: ImportJob[] = [];
  try {
    for (const { path, bytes } of files) {
      const name = basename(path);
      progress.show(`${name}: uploading ${toMegabytes(bytes)}`);
      const uploaded = await upload(session, path, flags);
      if (uploaded instanceof ApiError) {
        progress.clear();
        note(`${toVisible(path)}: ${toVisible(uploaded.message)}`);
        process.exitCode = 1;
        continue;
      }
      const onProgress = (state: ImportJob) => progress.show(name, state.progress);
      const job = flags.wait
        ? await waitForImport(session, uploaded.id, { ...(kind ? { kind } : {}), onProgress })
        : uploaded;
      jobs.push(job);
      progress.clear();
      for (const line of describeProblems(job)) note(line);
    }
  } finally {
    progress.clear();
    // A later file that cannot be uploaded takes nothing away from what the earlier ones did.
    if (jobs.length > 0) printRows(jobs, flags.wait ? FINISHED_COLUMNS : REQUESTED_COLUMNS, flags);
  }
  if (jobs.some(isFailure)) process.exitCode = 1;
  return jobs;
}

/** @returns the refusal instead, when the file is to blame */
async function upload(
  session: Session,
  path: string,
  { kind, format, connection, plantLocation }: Flags,
): Promise<ImportJob | ApiError> {
  try {
    return await uploadFile(session, path, onlyGiven({ kind, format, connection, plantLocation }));
  } catch (error) {
    if (error instanceof ApiError && FILE_REFUSALS.has(error.status)) return error;
    throw error;
  }
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
