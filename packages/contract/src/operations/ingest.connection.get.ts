import { defineOperation } from "../operation.ts";
import { Connection, ConnectionParams } from "../schemas/connection.ts";

/** One connection of the caller's subscription: etm.md 4. */
export const ingestConnectionGet = defineOperation({
  id: "ingest.connection.get",
  method: "GET",
  versions: { "1.0": "/ingest/1.0/connection/:connectionId" },
  summary: "Show a connection",
  access: { permission: "Import Findings Access" },
  params: ConnectionParams,
  responses: { 200: { description: "The connection", schema: Connection } },
});
