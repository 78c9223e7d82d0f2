import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Connection } from "../schemas/connection.ts";

/** Connections of the caller's subscription: etm.md 4. */
export const ingestConnectionList = defineOperation({
  id: "ingest.connection.list",
  method: "GET",
  versions: { "1.0": "/ingest/1.0/connection/list" },
  summary: "List connections",
  access: { permission: "Import Findings Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All connections, by name", schema: Type.Array(Connection) } },
});
