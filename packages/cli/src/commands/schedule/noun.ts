import { etmReportScheduleList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";
import { describeRhythm } from "../../rhythm.ts";

export type Schedule = ResultOf<typeof etmReportScheduleList>[number];

export const SCHEDULES: Noun<Schedule> = {
  one: "schedule",
  many: "schedules",
  columns: [
    ["Schedule", (schedule) => schedule.name],
    ["Format", (schedule) => schedule.reportFormat],
    ["Runs", (schedule) => (schedule.isEnabled ? describeRhythm(schedule.rhythm) : "disabled")],
    ["Next", (schedule) => toTime(schedule.nextRunDate)],
    ["Last", (schedule) => toTime(schedule.lastRunDate)],
    ["Result", (schedule) => schedule.lastFault ?? schedule.lastReport?.status ?? ""],
    ["As", (schedule) => schedule.createdBy],
  ],
  readAll: async (session) => (await session.call(etmReportScheduleList)).json(),
  namesOf: (schedule) => [schedule.name, schedule.id],
};

function toTime(ms: number | null): string {
  return ms === null ? "" : new Date(ms).toISOString();
}
