import { defineOperation } from "../operation.ts";
import { ConnectionParams } from "../schemas/connection.ts";
import { ConnectionFolder } from "../schemas/connection-folder.ts";

/** A look besides the rhythm: etm.md 4. */
export const ingestConnectionFolderPoll = defineOperation({
  id: "ingest.connection-folder.poll",
  method: "POST",
  versions: { "1.0": "/ingest/1.0/connection/:connectionId/folder/poll" },
  summary: "Look into a watched folder now",
  description: "Besides its rhythm. Needs full scope.",
  access: { permission: "Import Findings Access" },
  params: ConnectionParams,
  responses: { 202: { description: "The folder; the look begins in a moment", schema: ConnectionFolder } },
});
