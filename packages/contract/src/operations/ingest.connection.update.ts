import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { CONNECTION_SETTINGS, Connection, ConnectionName, ConnectionParams } from "../schemas/connection.ts";

/** Settings of a connection, for the imports that begin from now on: etm.md 4. */
export const ingestConnectionUpdate = defineOperation({
  id: "ingest.connection.update",
  method: "PUT",
  versions: { "1.0": "/ingest/1.0/connection/:connectionId" },
  summary: "Change a connection",
  description: "Members that are absent stay as they are. Needs full scope.",
  access: { permission: "Import Findings Access" },
  params: ConnectionParams,
  body: {
    kind: "json",
    schema: Type.Partial(Type.Object({ name: ConnectionName, ...CONNECTION_SETTINGS })),
  },
  responses: { 200: { description: "The connection", schema: Connection } },
});
