import {
  ingestConnectionFolderDelete,
  ingestConnectionFolderGet,
  ingestConnectionFolderPoll,
  ingestConnectionFolderSet,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { type Folder, type FolderParts, getFolder, pollNow, removeFolder, setFolder } from "./folder-service.ts";

export function folderRoutes(parts: FolderParts): readonly Binding[] {
  return [
    bind(ingestConnectionFolderGet, async ({ db, params }) => {
      return { value: toFolder(await getFolder(db, parts, params.connectionId)) };
    }),
    bind(ingestConnectionFolderSet, async ({ db, caller, address, params, body }) => {
      const wanted = { connectionId: params.connectionId, change: body };
      return { value: toFolder(await setFolder(db, parts, { caller, address }, wanted)) };
    }),
    bind(ingestConnectionFolderPoll, async ({ db, caller, address, params }) => {
      return { value: toFolder(await pollNow(db, parts, { caller, address }, params.connectionId)) };
    }),
    bind(ingestConnectionFolderDelete, async ({ db, caller, address, params }) => {
      await removeFolder(db, { caller, address }, params.connectionId);
      return { empty: true };
    }),
  ];
}

function toFolder({ failedImports, ...row }: Folder) {
  return {
    connectionId: row.connection_id,
    folder: row.folder,
    rhythm: row.rhythm,
    nextPoll: row.next_poll_at.toISOString(),
    lastPoll: row.last_poll_at?.toISOString() ?? null,
    importedCount: row.imported_count,
    waitingCount: row.waiting_count,
    lastFault: row.last_fault,
    failedImports: failedImports.map(({ date, ...failed }) => ({ ...failed, date: date.toISOString() })),
  };
}
