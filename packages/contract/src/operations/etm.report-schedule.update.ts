import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ReportSchedule, SCHEDULE_SETTINGS, ScheduleParams } from "../schemas/report-schedule.ts";

/** When and what a schedule reports, and whether: etm.md 1 and 2. */
export const etmReportScheduleUpdate = defineOperation({
  id: "etm.report-schedule.update",
  method: "PUT",
  versions: { "1.0": "/etm/1.0/report-schedule/:scheduleId" },
  summary: "Change a report schedule",
  description: "Members that are absent stay as they are. For whoever created it, and for Managers.",
  access: { permission: "ETM API Access" },
  params: ScheduleParams,
  body: { kind: "json", schema: Type.Partial(Type.Object(SCHEDULE_SETTINGS)) },
  maxBodyBytes: 256 * 1024,
  responses: { 200: { description: "The schedule", schema: ReportSchedule } },
});
