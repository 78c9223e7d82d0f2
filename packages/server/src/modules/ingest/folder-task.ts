import { randomUUID } from "node:crypto";
import { AppError } from "@breakwater/contract";
import { nextRun } from "@breakwater/domain/schedule/index";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { type ScopedDb, scopeTo } from "../../db/scoped.ts";
import type { JobKey, Jobs, Task } from "../../jobs/index.ts";
import { recordAudit } from "../audit/index.ts";
import { holdConnection } from "./connection-store.ts";
import {
  countUnfinished,
  type DueFolder,
  findDueFolder,
  findFolderRow,
  hasImported,
  listDueFolders,
  markFileDone,
  noteFiles,
  type PollResult,
  savePoll,
} from "./folder-store.ts";
import { insertImport } from "./import-store.ts";
import { IMPORT_TASK } from "./import-task.ts";
import type { StoredUpload, UploadFiles } from "./upload-files.ts";
import {
  FileFault,
  FolderFault,
  type FolderFile,
  findFolder,
  isStill,
  listFiles,
  openFile,
  readBytes,
} from "./watched-folder.ts";

export type FolderTaskParts = {
  db: Database;
  clock: Clock;
  jobs: () => Pick<Jobs, "enqueue">;
  files: UploadFiles;
  importDir: string;
};

export const FOLDER_TASK = "connection-folder";
/** How long a file must have been as it is, by two looks at it, before it counts as written to its end. */
const SETTLE_MS = 10_000;
/** Imports of a connection that may wait at once: each has a copy of its file. */
const MAX_WAITING_IMPORTS = 16;

/** Looks into the folders that are due and imports what is new in them. */
export function createFolderTask(parts: FolderTaskParts): Task {
  return {
    name: FOLDER_TASK,
    listUnfinished: () => listDueFolders(parts.db, new Date(parts.clock())),
    run: (key, { signal }) => pollFolder(parts, key, signal),
  };
}

/** One look. Whatever is killed in it, the next goes on: a file's import and the note of it are one transaction. */
async function pollFolder(parts: FolderTaskParts, key: JobKey, signal: AbortSignal): Promise<void> {
  const now = new Date(parts.clock());
  const due = await findDueFolder(parts.db, key, now);
  if (!due) return;
  const result = await importNew(parts, key, due, { now, signal }).catch((error): PollResult => {
    if (!(error instanceof FolderFault)) throw error;
    return { imported: 0, waiting: 0, fault: error.message };
  });
  if (signal.aborted) return;
  const byRhythm = nextRun(due.rhythm, now.getTime());
  const next = result.waiting > 0 ? Math.min(byRhythm, now.getTime() + SETTLE_MS) : byRhythm;
  await savePoll(parts.db, key, due, { ...result, at: now, nextAt: new Date(next) });
}

async function importNew(
  parts: FolderTaskParts,
  key: JobKey,
  { folder, connection }: DueFolder,
  { now, signal }: { now: Date; signal: AbortSignal },
): Promise<PollResult> {
  const path = await findFolder(parts.importDir, key.subscriptionId, folder);
  const files = await listFiles(path);
  const pending = await noteFiles(parts.db, key, files, now);
  const room = MAX_WAITING_IMPORTS - (await countUnfinished(parts.db, key.subscriptionId, connection));
  const result: PollResult = { imported: 0, waiting: 0, fault: null };
  for (const file of files) {
    if (signal.aborted) break;
    const seenAt = pending.get(file.name);
    if (!seenAt) continue;
    const isRipe = seenAt.getTime() <= now.getTime() - SETTLE_MS && result.imported < room;
    const outcome = isRipe ? await importFile(parts, key, { folder, path }, file).catch(toRefusal) : "later";
    if (outcome === "moved") break;
    if (outcome === "later") result.waiting += 1;
    else if (outcome === "imported") result.imported += 1;
    else if (outcome !== "known") result.fault = `${file.name}: ${outcome.refusal}`;
  }
  return result;
}

/** `moved`: the connection watches the folder no more. */
type Outcome = "imported" | "known" | "later" | "moved" | { refusal: string };

/** Not done: it is tried again by the rhythm, and those behind it need not wait. */
function toRefusal(error: unknown): Outcome {
  if (error instanceof FileFault) return { refusal: error.message };
  throw error;
}

/** @throws FileFault */
async function importFile(
  parts: FolderTaskParts,
  key: JobKey,
  { folder, path }: { folder: string; path: string },
  file: FolderFile,
): Promise<Outcome> {
  const db = scopeTo(parts.db, { subscriptionId: key.subscriptionId, scope: { kind: "all" } });
  const handle = await openFile(path, file);
  if (!handle) return "later";
  const id = randomUUID();
  try {
    const stored = await parts.files.store(id, readBytes(handle));
    const isWhole = await isStill(handle, file.stamp);
    const candidate = { id, stored, file, folder, connectionId: Number(key.id) };
    const outcome = isWhole ? await admit(parts, db, candidate) : "later";
    if (outcome !== "imported") await parts.files.remove(id);
    // Should this wake-up get lost, the sweep of unfinished jobs finds the row.
    else
      await parts
        .jobs()
        .enqueue(IMPORT_TASK, { subscriptionId: key.subscriptionId, id })
        .catch(() => undefined);
    return outcome;
  } catch (error) {
    await parts.files.remove(id);
    if (!(error instanceof AppError)) throw error;
    // Empty, or larger than an upload may be: nothing comes of trying it again as it is.
    await markFileDone(db, Number(key.id), file);
    return { refusal: error.message };
  } finally {
    await handle.close().catch(() => undefined);
  }
}

type Candidate = { id: string; stored: StoredUpload; file: FolderFile; folder: string; connectionId: number };

/** Makes the import of a stored file, unless its content was imported before, and notes that the file is done. */
function admit(
  { db: audit, clock }: FolderTaskParts,
  db: ScopedDb,
  { id, stored, file, folder, connectionId }: Candidate,
): Promise<Outcome> {
  return db.transaction(async (tx) => {
    const connection = await holdConnection(tx, connectionId);
    if (!connection || (await findFolderRow(tx, connectionId))?.folder !== folder) return "moved";
    await markFileDone(tx, connectionId, file);
    if (await hasImported(tx, connection, stored.sha256)) return "known";
    const fileName = file.name.replaceAll(/\p{C}/gu, "\uFFFD");
    const createdBy = `connection:${connection.name}`;
    const job = { id, fileName, ...stored, connection: connection.name, createdBy, createdAt: clock() };
    await insertImport(tx, { ...job, acceptedKinds: null, plantLocation: null });
    await recordAudit(
      audit,
      {
        subscriptionId: tx.subscriptionId,
        actor: createdBy,
        action: "ingest.import.create",
        target: id,
        address: "",
        result: "success",
        detail: { fileName, bytes: stored.bytes },
      },
      tx.write,
    );
    return "imported";
  });
}
