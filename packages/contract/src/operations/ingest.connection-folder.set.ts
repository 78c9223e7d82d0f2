import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ConnectionParams } from "../schemas/connection.ts";
import { ConnectionFolder, FolderPath } from "../schemas/connection-folder.ts";
import { RhythmBody } from "../schemas/rhythm.ts";

/** Files that the server fetches itself: etm.md 4. */
export const ingestConnectionFolderSet = defineOperation({
  id: "ingest.connection-folder.set",
  method: "PUT",
  versions: { "1.0": "/ingest/1.0/connection/:connectionId/folder" },
  summary: "Watch a folder for a connection",
  description:
    "The server imports what is new in the folder, in this rhythm (every 5 minutes unless told). Members that are absent stay as they are. Needs full scope, and a server with BREAKWATER_IMPORT_DIR.",
  access: { permission: "Import Findings Access" },
  params: ConnectionParams,
  body: {
    kind: "json",
    schema: Type.Object({ folder: Type.Optional(FolderPath), rhythm: Type.Optional(RhythmBody) }),
  },
  responses: { 200: { description: "The folder", schema: ConnectionFolder } },
});
