import { defineOperation } from "../operation.ts";
import { ConnectionParams } from "../schemas/connection.ts";
import { ConnectionFolder } from "../schemas/connection-folder.ts";

/** The folder that a connection's files come from: etm.md 4. */
export const ingestConnectionFolderGet = defineOperation({
  id: "ingest.connection-folder.get",
  method: "GET",
  versions: { "1.0": "/ingest/1.0/connection/:connectionId/folder" },
  summary: "Show the watched folder of a connection",
  access: { permission: "Import Findings Access" },
  params: ConnectionParams,
  responses: { 200: { description: "The folder", schema: ConnectionFolder } },
});
