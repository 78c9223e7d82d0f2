import { openAsBlob } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  BROKEN_FEED_ISSUES,
  FEED_FORMATS,
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

/** What is hidden, or has a name that programs give to what they are still writing. */
export const UNFINISHED = /^[.~]|\.(part|partial|tmp|temp|crdownload|filepart)$/i;

/**
 * The files that are named, and those of each folder that is: the oldest first, as captures that rotate are written. What
 * is hidden or unfinished stays out, and so do folders in there.
 *
 * @throws CommandFailure naming the first that cannot be read, or a folder without files
 */
export async function findFiles(paths: readonly string[]): Promise<{ path: string; bytes: number }[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const names = await readdir(path).catch(() => undefined);
      if (names === undefined) return [{ path, bytes: (await checkFiles([path]))[0]! }];
      const inside = names.filter((name) => !UNFINISHED.test(name)).map((name) => join(path, name));
      const stats = await Promise.all(inside.map((file) => stat(file)));
      const files = stats.flatMap((one, index) =>
        one.isFile() ? [{ path: inside[index]!, bytes: one.size, changedMs: one.mtimeMs }] : [],
      );
      if (files.length === 0) throw new CommandFailure(`there are no files in the folder ${path}`);
      return files.sort((a, b) => a.changedMs - b.changedMs || (a.path < b.path ? -1 : 1));
    }),
  );
  return found.flat();
}

/** Answers that the file itself brings; of any other refusal it is not to blame. */
export const FILE_REFUSALS: ReadonlySet<number> = new Set([400, 413, 415]);

/** What an upload is known to be; any file where it is left out. The OT module has permissions of its own for these. */
export type UploadKind = "capture" | "projectfile";

export type UploadOptions = {
  kind?: UploadKind;
  /** Of a file of any kind: nothing that is recognised as something else is imported. */
  format?: string;
  connection?: string;
  plantLocation?: string;
  signal?: AbortSignal;
};

/** Uploads one file, streaming it from the disk; resolves once the server has stored it. */
export async function uploadFile(session: Session, path: string, options: UploadOptions = {}): Promise<ImportJob> {
  const { kind, format, connection, plantLocation, signal } = options;
  const query = { fileName: basename(path), ...(connection === undefined ? {} : { connection }) };
  const common = { payload: await openAsBlob(path), ...(signal ? { signal } : {}) };
  if (kind === "projectfile") {
    const located = plantLocation === undefined ? query : { ...query, plantLocation };
    return (await session.call(otProjectfileImport, { query: located, ...common })).json<ImportJob>();
  }
  if (kind === "capture") return (await session.call(otCaptureImport, { query, ...common })).json<ImportJob>();
  const told = format === undefined ? query : { ...query, format };
  return (await session.call(ingestImportCreate, { query: told, ...common })).json<ImportJob>();
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

/** Whether an import that has ended is no success: it failed, or a feed was only taken in in part. */
export function isFailure({ status, format, issues }: ImportJob): boolean {
  const isBroken = issues.some(({ code }) => BROKEN_FEED_ISSUES.includes(code));
  const maybeBroken =
    format !== null && FEED_FORMATS.includes(format) && issues.some(({ code }) => code === "issues-not-listed");
  return status === "FAILED" || isBroken || maybeBroken;
}

/** What was refused or doubted, and why the import failed, as lines for stderr. */
export function describeProblems(job: ImportJob): string[] {
  const name = toVisible(job.fileName ?? job.id);
  // What ended the import is told once, with its end.
  const end = job.status === "FAILED" ? (job.message ?? "") : "";
  // The one that counts those that are not listed is told by the last line.
  const told = job.issues.filter(({ code }) => code !== "issues-not-listed");
  // The exit code follows from it, and of an archive it comes last.
  const first = told.filter(({ code }) => code === "feed-incomplete");
  const listed = [...first, ...told.filter((issue) => !first.includes(issue))].slice(0, SHOWN_ISSUES);
  const issues = listed.filter(({ message }) => !end.includes(message));
  const lines = issues.map(({ level, code, location, message }) => {
    return `${name}: ${level} (${code}) at ${toVisible(location)}: ${toVisible(message)}`;
  });
  const hidden = job.counts.recordsRefused + job.counts.warnings - listed.length;
  if (hidden > 0) lines.push(`${name}: ${hidden} more; --output json shows the first 1000`);
  if (job.status === "FAILED") lines.push(`${name}: ${toVisible(job.message ?? "the import failed")}`);
  return lines;
}
