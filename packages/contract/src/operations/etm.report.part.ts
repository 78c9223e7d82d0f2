import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** One part of a report: etm.md 1.3. */
export const etmReportPart = defineOperation({
  id: "etm.report.part",
  method: "GET",
  versions: { v1: "/etm/api/rest/v1/reports/:id/resources/:name" },
  summary: "Download one part of a report",
  description: "JSON: a bare array of at most 50,000 findings.",
  access: { permission: "ETM API Access" },
  params: Type.Object({ id: Type.String(), name: Type.String() }),
  responses: {
    200: { description: "The part, in the report's format", contentType: "application/json" },
    206: { description: "The bytes that Range asks for", contentType: "application/json" },
    304: { description: "Unchanged since the ETag that was sent" },
  },
});
