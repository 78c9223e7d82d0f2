import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { Report } from "../schemas/report.ts";

/** State of a report and the names of its parts: etm.md 1.2. */
export const etmReportGet = defineOperation({
  id: "etm.report.get",
  method: "GET",
  versions: { v1: "/etm/api/rest/v1/reports/:id" },
  summary: "Look at a report",
  access: { permission: "ETM API Access" },
  params: Type.Object({ id: Type.String() }),
  responses: { 200: { description: "The report", schema: Report } },
});
