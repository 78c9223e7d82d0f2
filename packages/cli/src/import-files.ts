import { basename } from "node:path";
import {
  checkFiles,
  describeCounts,
  describeProblems,
  type ImportJob,
  type UploadKind,
  uploadFile,
  waitForImport,
} from "./imports.ts";
import { type Columns, type OutputFlags, printRows } from "./output.ts";
import { WAITING_PATIENCE } from "./polling.ts";
import { createProgressLine } from "./progress.ts";
import { type ConnectionFlags, openSession } from "./session.ts";
import { note } from "./terminal.ts";

type Flags = ConnectionFlags &
  OutputFlags & { kind?: UploadKind; connection?: string; plantLocation?: string; wait?: boolean };

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

/** Imports the files one after the other and prints their jobs; sets exit code 1 when one failed. */
export async function importFiles(paths: readonly string[], flags: Flags): Promise<void> {
  const { kind, connection, plantLocation } = flags;
  const told = { ...(kind ? { kind } : {}), ...(connection ? { connection } : {}) };
  const sizes = await checkFiles(paths);
  const session = await openSession(flags, flags.wait ? { waitForLimits: WAITING_PATIENCE } : {});
  const progress = createProgressLine();
  const jobs: ImportJob[] = [];
  try {
    for (const [index, path] of paths.entries()) {
      const name = basename(path);
      progress.show(`${name}: uploading ${toMegabytes(sizes[index] ?? 0)}`);
      const uploaded = await uploadFile(session, path, { ...told, ...(plantLocation ? { plantLocation } : {}) });
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
  if (jobs.some(({ status }) => status === "FAILED")) process.exitCode = 1;
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
