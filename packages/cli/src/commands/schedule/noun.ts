import { etmReportScheduleList, type ResultOf } from "@breakwater/client";
import type { Noun } from "../../noun.ts";
import { describeRhythm } from "../../rhythm.ts";

export type Schedule = ResultOf<typeof etmReportScheduleList>[number];

const PAGE_SIZE = 100;

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
  readAll: async (session) => {
    const all: Schedule[] = [];
    for (let pageNumber = 0; ; pageNumber++) {
      const query = { pageNumber, pageSize: PAGE_SIZE };
      const page: Schedule[] = await (await session.call(etmReportScheduleList, { query })).json();
      all.push(...page);
      if (page.length < PAGE_SIZE) return all;
    }
  },
  namesOf: (schedule) => [schedule.name, schedule.id],
};

function toTime(ms: number | null): string {
  return ms === null ? "" : new Date(ms).toISOString();
}
