import { Type } from "typebox";
import { defineOperation } from "../operation.ts";

/** Cancel a running report, or delete a finished one with its files: etm.md 1. */
export const etmReportDelete = defineOperation({
  id: "etm.report.delete",
  method: "DELETE",
  versions: { v1: "/etm/api/rest/v1/reports/:id" },
  summary: "Cancel or delete a report",
  access: { permission: "ETM API Access" },
  params: Type.Object({ id: Type.String() }),
  responses: { 204: { description: "Cancelled, or deleted" } },
});
