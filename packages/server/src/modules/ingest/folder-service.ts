import { AppError, type BodyOf, type ingestConnectionFolderSet } from "@breakwater/contract";
import { nextRun, type Rhythm } from "@breakwater/domain/schedule/index";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Jobs } from "../../jobs/index.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { readRhythm } from "../schedules/index.ts";
import { findConnection } from "./connection-service.ts";
import { type ConnectionRow, holdConnection } from "./connection-store.ts";
import {
  askForPoll,
  deleteFolder,
  type FailedImport,
  type FolderRow,
  findFolderRow,
  listFailedImports,
  saveFolder,
} from "./folder-store.ts";
import { FOLDER_TASK } from "./folder-task.ts";
import { describeFolderFault } from "./watched-folder.ts";

export type FolderParts = { clock: Clock; jobs: () => Pick<Jobs, "enqueue">; importDir: string | undefined };

const DEFAULT_RHYTHM: Rhythm = { every: "MINUTES", minutes: 5 };
const LEAST_MINUTES = 1;
/** How long a folder shows imports that were no success. */
const FAILURES_SHOWN_MS = 7 * 86_400_000;

export type Folder = FolderRow & { failedImports: readonly FailedImport[] };

/** @throws AppError `not-found`, also for a connection without a folder */
export async function getFolder(db: ScopedDb, { clock }: FolderParts, connectionId: number): Promise<Folder> {
  const connection = await findConnection(db, connectionId);
  const row = (await findFolderRow(db, connection.id)) ?? throwNoFolder(connectionId);
  // A file may tell of any asset.
  const isShown = db.scope.kind === "all";
  const since = new Date(clock() - FAILURES_SHOWN_MS);
  return { ...row, failedImports: isShown ? await listFailedImports(db, connection.id, since) : [] };
}

/** @throws AppError `permission-required` (scope), `not-found`, `invalid-parameter`, `conflict` (no directory to import from) */
export function setFolder(
  db: ScopedDb,
  parts: FolderParts,
  actor: Actor,
  { connectionId, change }: { connectionId: number; change: BodyOf<typeof ingestConnectionFolderSet> },
): Promise<Folder> {
  const { clock, importDir } = parts;
  return changeFolder(db, parts, actor, { connectionId, action: "ingest.connection-folder.set" }, async (tx) => {
    if (importDir === undefined) {
      throw new AppError("conflict", "this server imports no folders: its operator has not set BREAKWATER_IMPORT_DIR");
    }
    const before = await findFolderRow(tx, connectionId);
    const folder = change.folder ?? before?.folder;
    if (folder === undefined) throw new AppError("invalid-parameter", "folder is missing");
    const fault = describeFolderFault(folder);
    if (fault) throw new AppError("invalid-parameter", `folder ${fault}`);
    const given = change.rhythm && readRhythm(change.rhythm, LEAST_MINUTES);
    const rhythm = given ?? before?.rhythm ?? DEFAULT_RHYTHM;
    await saveFolder(tx, connectionId, { folder, rhythm, nextPollAt: new Date(nextRun(rhythm, clock())) });
    return { folder, rhythm: JSON.stringify(rhythm) };
  });
}

/** @throws AppError `permission-required` (scope), `not-found` */
export async function pollNow(db: ScopedDb, parts: FolderParts, actor: Actor, connectionId: number): Promise<Folder> {
  const { clock, jobs } = parts;
  const event = { connectionId, action: "ingest.connection-folder.poll" };
  const folder = await changeFolder(db, parts, actor, event, async (tx) => {
    if (!(await askForPoll(tx, connectionId, new Date(clock())))) throwNoFolder(connectionId);
    return {};
  });
  // Should this wake-up get lost, the sweep finds the folder.
  await jobs()
    .enqueue(FOLDER_TASK, { subscriptionId: db.subscriptionId, id: String(connectionId) })
    .catch(() => undefined);
  return folder;
}

/** @throws AppError `permission-required` (scope), `not-found` */
export async function removeFolder(db: ScopedDb, actor: Actor, connectionId: number): Promise<void> {
  await db.transaction(async (tx) => {
    const connection = await hold(tx, connectionId);
    if (!(await deleteFolder(tx, connectionId))) throwNoFolder(connectionId);
    await recordChange(tx.write, actor, { action: "ingest.connection-folder.delete", target: connection.name });
  });
}

/** Changes the folder of a connection under its lock, and tells the audit log. */
function changeFolder(
  db: ScopedDb,
  parts: FolderParts,
  actor: Actor,
  { connectionId, action }: { connectionId: number; action: string },
  change: (tx: ScopedDb) => Promise<Record<string, string>>,
): Promise<Folder> {
  return db.transaction(async (tx) => {
    const { name: target } = await hold(tx, connectionId);
    const detail = await change(tx);
    const folder = await getFolder(tx, parts, connectionId);
    await recordChange(tx.write, actor, { action, target, detail });
    return folder;
  });
}

async function hold(tx: ScopedDb, connectionId: number): Promise<ConnectionRow> {
  if (tx.scope.kind !== "all") {
    throw new AppError("permission-required", "a connection concerns every asset: changing it needs the full scope");
  }
  const connection = await holdConnection(tx, connectionId);
  if (!connection) throw new AppError("not-found", `there is no connection ${connectionId}`);
  return connection;
}

function throwNoFolder(connectionId: number): never {
  throw new AppError("not-found", `the connection ${connectionId} watches no folder`);
}
