import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { CONNECTION_SETTINGS, Connection, ConnectionName } from "../schemas/connection.ts";

/** A named source with settings: etm.md 4. */
export const ingestConnectionCreate = defineOperation({
  id: "ingest.connection.create",
  method: "POST",
  versions: { "1.0": "/ingest/1.0/connection/create" },
  summary: "Create a connection",
  description:
    "A name that imports give as their source; one that nobody created is made by its first import. Needs full scope.",
  access: { permission: "Import Findings Access" },
  body: {
    kind: "json",
    schema: Type.Object({ name: ConnectionName, ...Type.Partial(Type.Object(CONNECTION_SETTINGS)).properties }),
  },
  responses: { 201: { description: "The connection", schema: Connection } },
});
