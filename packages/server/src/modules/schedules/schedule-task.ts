import type { Task } from "../../jobs/index.ts";
import { listDueSchedules } from "./job-store.ts";
import { runSchedule, type ScheduleParts } from "./run-schedule.ts";

/** Runs what is due. What became due several times while no server ran, runs once. */
export function createScheduleTask(parts: ScheduleParts): Task {
  return {
    name: "report-schedule",
    isQuick: true,
    listUnfinished: () => listDueSchedules(parts.db, new Date(parts.clock())),
    run: (key) => runSchedule(parts, key),
  };
}
