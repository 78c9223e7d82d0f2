import { defineOperation } from "../operation.ts";
import { ReportSchedule, ScheduleParams } from "../schemas/report-schedule.ts";

/** One schedule, and what its last run brought: etm.md 1 and 2. */
export const etmReportScheduleGet = defineOperation({
  id: "etm.report-schedule.get",
  method: "GET",
  versions: { "1.0": "/etm/1.0/report-schedule/:scheduleId" },
  summary: "Look at a report schedule",
  access: { permission: "ETM API Access" },
  params: ScheduleParams,
  responses: { 200: { description: "The schedule", schema: ReportSchedule } },
});
