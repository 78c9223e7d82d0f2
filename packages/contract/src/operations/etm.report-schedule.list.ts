import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ReportSchedule } from "../schemas/report-schedule.ts";

/** Reports that are made again and again: etm.md 1 and 2. */
export const etmReportScheduleList = defineOperation({
  id: "etm.report-schedule.list",
  method: "GET",
  versions: { "1.0": "/etm/1.0/report-schedule/list" },
  summary: "List report schedules",
  description: "With a scope over all assets those of everybody, otherwise the caller's own.",
  access: { permission: "ETM API Access" },
  hasCountHeader: true,
  responses: { 200: { description: "All schedules, by name", schema: Type.Array(ReportSchedule) } },
});
