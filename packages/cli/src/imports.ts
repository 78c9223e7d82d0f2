import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import {
  ingestImportCreate,
  ingestImportGet,
  otCaptureImport,
  otImportGet,
  otProjectfileImport,
} from "@breakwater/client";
import { CommandFailure } from "./failure.ts";
import { pollUntilDone } from "./polling.ts";
import { explainUnreachable, type Session } from "./session.ts";
import { toVisible } from "./terminal.ts";

type CountName = (typeof COUNT_NAMES)[number][0] | "recordsRead" | "warnings";

/** What an import did, as the API counts it. */
export type ImportCounts = Readonly<Record<CountName, number>>;

/** An import as the API shows it. */
export type ImportJob = {
  id: string;
  status: "REQUESTED" | "IN_PROGRESS" | "COMPLETED" | "FAILED";
  fileName: string | null;
  format: string | null;
  progress: number;
  counts: ImportCounts;
  message: string | null;
  issues: readonly { level: "refused" | "warning"; code: string; location: string; message: string }[];
};

/**
 * Makes sure that all files can be read, so that a wrong name among many is told before anything was imported.
 *
 * @returns sizes in bytes
 * @throws CommandFailure naming the first that cannot
 */
export async function checkFiles(paths: readonly string[]): Promise<number[]> {
  return Promise.all(
    paths.map(async (path) => {
      try {
        const stats = await stat(path);
        if (!stats.isFile()) throw new CommandFailure(`${path} is no file`);
        return stats.size;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new CommandFailure(`there is no file ${path}`);
        throw error;
      }
    }),
  );
}

/** What an upload is known to be; any file where it is left out. The OT module has permissions of its own for these. */
export type UploadKind = "capture" | "projectfile";

export type UploadOptions = { kind?: UploadKind; connection?: string; plantLocation?: string; signal?: AbortSignal };

/** Uploads one file, streaming it from the disk; resolves once the server has stored it. */
export async function uploadFile(session: Session, path: string, options: UploadOptions = {}): Promise<ImportJob> {
  const { kind, connection, plantLocation, signal } = options;
  const query = { fileName: basename(path), ...(connection === undefined ? {} : { connection }) };
  const common = { payload: await openAsBlob(path), ...(signal ? { signal } : {}) };
  if (kind === "projectfile") {
    const located = plantLocation === undefined ? query : { ...query, plantLocation };
    return (await session.call(otProjectfileImport, { query: located, ...common })).json<ImportJob>();
  }
  const operation = kind === "capture" ? otCaptureImport : ingestImportCreate;
  return (await session.call(operation, { query, ...common })).json<ImportJob>();
}

/** Follows an import to its end, completed or failed. */
export async function waitForImport(
  session: Session,
  id: string,
  options: { kind?: UploadKind; onProgress?: (job: ImportJob) => void; signal?: AbortSignal } = {},
): Promise<ImportJob> {
  const { kind, onProgress, signal } = options;
  const operation = kind === undefined ? ingestImportGet : otImportGet;
  return pollUntilDone(async () => {
    try {
      const answer = await session.call(operation, { params: { id }, ...(signal ? { signal } : {}) });
      const job = await answer.json<ImportJob>();
      onProgress?.(job);
      return job.status === "COMPLETED" || job.status === "FAILED" ? job : undefined;
    } catch (error) {
      throw explainUnreachable(error, session.url);
    }
  }, signal);
}

const COUNT_NAMES = [
  ["findingsNew", "findings new"],
  ["findingsUpdated", "findings updated"],
  ["findingsReopened", "findings reopened"],
  ["findingsFixed", "findings fixed"],
  ["findingsUnchanged", "findings unchanged"],
  ["assetsNew", "assets new"],
  ["assetsMerged", "assets merged"],
  ["hostsNew", "OT hosts new"],
  ["hostsUpdated", "OT hosts updated"],
  ["recordsRefused", "records refused"],
] as const;

/** The counts that are not zero, in words: `records read 296, findings new 296, assets new 7`. */
export function describeCounts(counts: ImportCounts): string {
  const parts = COUNT_NAMES.flatMap(([member, name]) => (counts[member] > 0 ? [`${name} ${counts[member]}`] : []));
  return [`records read ${counts.recordsRead}`, ...parts].join(", ");
}

const SHOWN_ISSUES = 20;

/** What was refused or doubted, and why the import failed, as lines for stderr. */
export function describeProblems(job: ImportJob): string[] {
  const name = toVisible(job.fileName ?? job.id);
  const lines = job.issues.slice(0, SHOWN_ISSUES).map(({ level, code, location, message }) => {
    return `${name}: ${level} (${code}) at ${toVisible(location)}: ${toVisible(message)}`;
  });
  const hidden = job.counts.recordsRefused + job.counts.warnings - lines.length;
  if (hidden > 0) lines.push(`${name}: ${hidden} more; --output json shows the first 1000`);
  if (job.status === "FAILED") lines.push(`${name}: ${toVisible(job.message ?? "the import failed")}`);
  return lines;
}
