import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ConnectionParams } from "../schemas/connection.ts";

/** The end of a source, and of all it reported: etm.md 4. */
export const ingestConnectionDelete = defineOperation({
  id: "ingest.connection.delete",
  method: "DELETE",
  versions: { "1.0": "/ingest/1.0/connection/:connectionId" },
  summary: "Delete a connection",
  description:
    "What it reported counts as gone: shortly after, findings that no other source reports are FIXED. Needs full scope. Refused (409) while an import of it is under way.",
  access: { permission: "Import Findings Access" },
  params: ConnectionParams,
  query: Type.Object({
    confirm: Type.Optional(
      Type.String({
        maxLength: 200,
        description: "The connection's name: needed (409) when findings are present by it",
      }),
    ),
  }),
  responses: { 204: { description: "Deleted" } },
});
