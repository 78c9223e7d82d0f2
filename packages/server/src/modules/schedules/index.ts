import type { ModuleContext, ServerModule } from "../../context.ts";
import { scheduleRoutes } from "./routes.ts";
import { createScheduleTask } from "./schedule-task.ts";

export { readRhythm } from "./read-rhythm.ts";

/** Reports that are made again and again: etm.md 1 and 2, docs/decisions/0025. */
export function createSchedulesModule(context: ModuleContext): ServerModule {
  const { db, clock } = context;
  const parts = { db, clock, jobs: () => context.jobs };
  return { bindings: scheduleRoutes(parts), tasks: [createScheduleTask(parts)] };
}
