import { defineOperation } from "../operation.ts";
import { ReportSchedule, ScheduleParams } from "../schemas/report-schedule.ts";

/** A run besides the rhythm: etm.md 1 and 2. */
export const etmReportScheduleRun = defineOperation({
  id: "etm.report-schedule.run",
  method: "POST",
  versions: { "1.0": "/etm/1.0/report-schedule/:scheduleId/run" },
  summary: "Run a report schedule now",
  description: "Besides its rhythm, and on behalf of its creator. For whoever created it, and for Managers.",
  access: { permission: "ETM API Access" },
  params: ScheduleParams,
  responses: {
    202: { description: "The schedule; lastReport or lastFault tells what came of it", schema: ReportSchedule },
  },
});
