import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { AppError } from "@breakwater/contract";
import type { Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Jobs } from "../../jobs/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { readBodyType } from "./body-type.ts";
import { MAX_LISTED_ISSUES } from "./import-run.ts";
import { findImport, type ImportJobRow, type IssueRow, insertImport, listIssues } from "./import-store.ts";
import { IMPORT_TASK } from "./import-task.ts";
import { type FormRest, openFirstFile } from "./multipart-file.ts";
import type { StoredUpload, UploadFiles } from "./upload-files.ts";

export type IngestParts = { files: UploadFiles; clock: Clock; jobs: () => Jobs };

export type Upload = {
  /** How the audit log calls it. */
  action: string;
  payload: Readable;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  connection?: string | undefined;
  fileName?: string | undefined;
  plantLocation?: string | undefined;
  /** Kinds of file, or formats, that are imported here; others are refused when the file has been recognised. Default: any. */
  acceptedKinds?: readonly string[];
};

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
  actor: Actor,
  upload: Upload,
): Promise<ImportJobRow> {
  assertNames(upload);
  const id = randomUUID();
  const stored = await storeUpload(parts.files, id, upload);
  try {
    const told = await readFields(stored.rest, upload);
    const job = await db.transaction(async (tx) => {
      const inserted = await insertImport(tx, {
        id,
        ...told,
        fileName: told.fileName ?? toFileName(stored.name),
        bytes: stored.bytes,
        sha256: stored.sha256,
        createdBy: actor.caller.username,
        createdAt: parts.clock(),
        acceptedKinds: upload.acceptedKinds ?? null,
      });
      const detail = { fileName: inserted.file_name, bytes: inserted.file_bytes };
      await recordChange(tx.write, actor, { action: upload.action, target: id, detail });
      return inserted;
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

async function storeUpload(
  files: UploadFiles,
  id: string,
  { payload, headers }: Upload,
): Promise<StoredUpload & { name: string | null; rest?: Promise<FormRest> }> {
  const isForm = readBodyType(headers) === "multipart";
  try {
    // Leaving an ordinary iteration destroys the request, and with it the connection that the answer is to go out on.
    const { bytes, ...more } = isForm
      ? await openFirstFile(payload, headers)
      : { name: null, bytes: payload.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array> };
    return { ...more, ...(await files.store(id, bytes)) };
  } catch (error) {
    // Clients that send everything before they listen get their answer only when somebody takes it.
    payload.unpipe();
    payload.resume();
    return explainAbort(error);
  }
}

/** @throws AppError not-found, also for an import that the caller does not see */
export async function readImport(
  db: ScopedDb,
  caller: Caller,
  id: string,
  options: { isRestricted?: boolean } = {},
): Promise<{ job: ImportJobRow; issues: IssueRow[] }> {
  const job = UUID.test(id) ? await findImport(db, caller, id, options) : undefined;
  if (!job) throw new AppError("not-found", `there is no import ${JSON.stringify(id.slice(0, 100))}`);
  const issues = await listIssues(db, job.id, MAX_LISTED_ISSUES);
  return { job, issues: [...issues, ...toUnlisted(job, issues)] };
}

/** What stands for the issues that are counted and not listed, if there are any. */
function toUnlisted({ counts }: ImportJobRow, listed: readonly IssueRow[]): IssueRow[] {
  const refusedHere = listed.filter(({ level }) => level === "refused").length;
  const refused = (counts.recordsRefused ?? 0) - refusedHere;
  const warnings = (counts.warnings ?? 0) - (listed.length - refusedHere);
  if (refused + warnings <= 0) return [];
  const message = `${refused} more were refused and ${warnings} more warned of than are listed here; mend the first ones and import again`;
  const level = refused > 0 ? "refused" : "warning";
  return [{ level, code: "issues-not-listed", location: "whole file", message }];
}

/** What may be told of an upload beside its bytes, and how long it may be. */
const TOLD = { connection: 200, fileName: 500, plantLocation: 200 } as const;
type Told = Record<keyof typeof TOLD, string | null>;

function assertNames(upload: Upload): void {
  for (const parameter of Object.keys(TOLD) as (keyof Told)[]) readName(parameter, upload[parameter]);
}

/**
 * Names of the upload, from the parameters and from the fields of its form.
 *
 * @throws AppError malformed-body (several files), invalid-parameter (also when both are given and differ)
 */
async function readFields(rest: Promise<FormRest> | undefined, upload: Upload): Promise<Told> {
  const { fields, files } = (await rest) ?? { fields: new Map<string, string>(), files: 1 };
  if (files > 1) {
    const message = `the form holds ${files} files, and an import is of one: send each by itself, or all in one zip`;
    throw new AppError("malformed-body", message);
  }
  const told: Told = { connection: null, fileName: null, plantLocation: null };
  for (const parameter of Object.keys(TOLD) as (keyof Told)[]) {
    const asked = readName(parameter, upload[parameter]);
    const field = readName(parameter, fields.get(parameter));
    if (asked !== null && field !== null && asked !== field) {
      throw new AppError("invalid-parameter", `${parameter} is another in the form than in the URL`);
    }
    told[parameter] = asked ?? field;
  }
  return told;
}

function readName(parameter: keyof Told, text: string | undefined): string | null {
  const name = text?.trim() ?? "";
  if (name.length > TOLD[parameter]) {
    throw new AppError("invalid-parameter", `${parameter} must not have more than ${TOLD[parameter]} characters`);
  }
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
