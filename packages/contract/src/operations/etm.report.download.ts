import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** The whole report as a ZIP of its parts: etm.md 1.3. */
export const etmReportDownload = defineOperation({
  id: "etm.report.download",
  method: "GET",
  versions: { v1: "/etm/api/rest/v1/reports/:id/download" },
  summary: "Download a report",
  description: "A ZIP of the parts, streamed. `Range` and `If-Range` resume a broken download.",
  access: { permission: "ETM API Access" },
  params: Type.Object({ id: Type.String() }),
  responses: {
    200: { description: "The ZIP", contentType: "application/zip" },
    206: { description: "The part of it that Range asks for", contentType: "application/zip" },
    304: { description: "Unchanged since the ETag that was sent" },
  },
});
