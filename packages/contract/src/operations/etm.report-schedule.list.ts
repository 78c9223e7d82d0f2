import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { OtListQuery } from "../schemas/paging.ts";
import { ReportSchedule } from "../schemas/report-schedule.ts";

/** Reports that are made again and again: etm.md 1 and 2. */
export const etmReportScheduleList = defineOperation({
  id: "etm.report-schedule.list",
  method: "GET",
  versions: { "1.0": "/etm/1.0/report-schedule/list" },
  summary: "List report schedules",
  description: "With a scope over all assets those of everybody, otherwise the caller's own.",
  access: { permission: "ETM API Access" },
  // Pages are small: a schedule has two queries, which may be long.
  query: Type.Object({
    pageNumber: OtListQuery.properties.pageNumber,
    pageSize: OtListQuery.properties.pageSize,
  }),
  hasCountHeader: true,
  responses: { 200: { description: "A page of schedules, by name", schema: Type.Array(ReportSchedule) } },
});
