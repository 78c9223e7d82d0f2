import { defineOperation } from "../operation.ts";
import { ConnectionParams } from "../schemas/connection.ts";

/** A connection whose files are sent again: etm.md 4. */
export const ingestConnectionFolderDelete = defineOperation({
  id: "ingest.connection-folder.delete",
  method: "DELETE",
  versions: { "1.0": "/ingest/1.0/connection/:connectionId/folder" },
  summary: "End watching a folder",
  description: "What was imported stays. Needs full scope.",
  access: { permission: "Import Findings Access" },
  params: ConnectionParams,
  responses: { 204: { description: "Ended" } },
});
