import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ReportSchedule, SCHEDULE_SETTINGS } from "../schemas/report-schedule.ts";

/** A report that is made again and again: etm.md 1 and 2. */
export const etmReportScheduleCreate = defineOperation({
  id: "etm.report-schedule.create",
  method: "POST",
  versions: { "1.0": "/etm/1.0/report-schedule/create" },
  summary: "Create a report schedule",
  description:
    "Its reports are made on behalf of the caller, with the permissions and the scope of the time of each run. At most one run is made up for when the server was down.",
  access: { permission: "ETM API Access" },
  body: {
    kind: "json",
    schema: Type.Object({
      name: SCHEDULE_SETTINGS.name,
      description: Type.Optional(SCHEDULE_SETTINGS.description),
      reportFormat: SCHEDULE_SETTINGS.reportFormat,
      assetQql: Type.Optional(SCHEDULE_SETTINGS.assetQql),
      findingsQql: Type.Optional(SCHEDULE_SETTINGS.findingsQql),
      rhythm: SCHEDULE_SETTINGS.rhythm,
      isEnabled: Type.Optional(SCHEDULE_SETTINGS.isEnabled),
    }),
  },
  maxBodyBytes: 256 * 1024,
  responses: { 201: { description: "The schedule", schema: ReportSchedule } },
});
