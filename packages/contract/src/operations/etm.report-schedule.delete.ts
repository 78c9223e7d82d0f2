import { defineOperation } from "../operation.ts";
import { ScheduleParams } from "../schemas/report-schedule.ts";

/** Ends a schedule: etm.md 1 and 2. */
export const etmReportScheduleDelete = defineOperation({
  id: "etm.report-schedule.delete",
  method: "DELETE",
  versions: { "1.0": "/etm/1.0/report-schedule/:scheduleId" },
  summary: "Delete a report schedule",
  description: "The reports that it made stay. For whoever created it, and for Managers.",
  access: { permission: "ETM API Access" },
  params: ScheduleParams,
  responses: { 204: { description: "Deleted" } },
});
