import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { AppError } from "@breakwater/contract";
import type { Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Jobs } from "../../jobs/index.ts";
import { readBodyType } from "./body-type.ts";
import { findImport, type ImportJobRow, type IssueRow, insertImport, listIssues } from "./import-store.ts";
import { IMPORT_TASK } from "./import-task.ts";
import { openFirstFile } from "./multipart-file.ts";
import type { UploadFiles } from "./upload-files.ts";

export type IngestParts = { files: UploadFiles; clock: Clock; jobs: () => Jobs };

export type Upload = {
  payload: Readable;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  connection?: string | undefined;
  fileName?: string | undefined;
};

/** Issues that a job shows. */
const MAX_LISTED_ISSUES = 1000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Stores an upload safely and makes the job that reads it.
 *
 * @throws AppError unsupported-media-type, malformed-body (empty, cut or without a file), body-too-large,
 *   invalid-parameter
 */
export async function createImport(
  db: ScopedDb,
  parts: IngestParts,
  caller: Caller,
  upload: Upload,
): Promise<ImportJobRow> {
  const connection = readName("connection", upload.connection);
  const fileName = readName("fileName", upload.fileName);
  const isForm = readBodyType(upload.headers) === "multipart";
  const file = isForm ? await openFirstFile(upload.payload, upload.headers) : { name: null, bytes: upload.payload };
  const id = randomUUID();
  const { bytes, sha256 } = await parts.files.store(id, file.bytes).catch(explainAbort);
  try {
    const job = await insertImport(db, {
      id,
      fileName: fileName ?? toFileName(file.name),
      bytes,
      sha256,
      connection,
      createdBy: caller.username,
      createdAt: parts.clock(),
    });
    // Should this wake-up get lost, the sweep of unfinished jobs finds the row.
    await parts
      .jobs()
      .enqueue(IMPORT_TASK, { subscriptionId: db.subscriptionId, id })
      .catch(() => undefined);
    return job;
  } catch (error) {
    await parts.files.remove(id);
    throw error;
  }
}

/** @throws AppError not-found */
export async function readImport(db: ScopedDb, id: string): Promise<{ job: ImportJobRow; issues: IssueRow[] }> {
  const job = UUID.test(id) ? await findImport(db, id) : undefined;
  if (!job) throw new AppError("not-found", `there is no import ${JSON.stringify(id.slice(0, 100))}`);
  return { job, issues: await listIssues(db, id, MAX_LISTED_ISSUES) };
}

function readName(parameter: string, text: string | undefined): string | null {
  const name = text?.trim() ?? "";
  if (/\p{C}/u.test(name)) {
    throw new AppError("invalid-parameter", `${parameter} must not hold control characters`);
  }
  return name || null;
}

/** The name a form gives to its file: shown only, so that what cannot be shown is replaced. */
function toFileName(name: string | null): string | null {
  return name?.replaceAll(/\p{C}/gu, "\uFFFD").slice(0, 500).toWellFormed() ?? null;
}

function explainAbort(error: unknown): never {
  const code = (error as { code?: string }).code ?? "";
  if (code !== "ECONNRESET" && code !== "ERR_STREAM_PREMATURE_CLOSE" && code !== "ABORT_ERR") throw error;
  throw new AppError("malformed-body", "the upload was broken off; nothing was kept of it, send it again", {
    cause: error,
  });
}
