import { defineOperation } from "../operation.ts";
import { Report, ReportRequest } from "../schemas/report.ts";

/** Ask for a findings report: etm.md 1.1. */
export const etmReportSubmit = defineOperation({
  id: "etm.report.submit",
  method: "POST",
  versions: { v1: "/etm/api/rest/v1/reports/findings" },
  summary: "Submit a findings report",
  description: "Answers at once, whatever the size of the result; the report is made in the background.",
  access: { permission: "ETM API Access" },
  body: { kind: "json", schema: ReportRequest },
  maxBodyBytes: 256 * 1024,
  responses: { 201: { description: "The report, REQUESTED", schema: Report } },
});
