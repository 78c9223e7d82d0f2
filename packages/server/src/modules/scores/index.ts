import type { ModuleContext, ServerModule } from "../../context.ts";
import { scoreRoutes } from "./routes.ts";
import { createWalkTask } from "./walk-task.ts";

export { isRescoring } from "./settings-store.ts";
export { toWalkKey, WALK_TASK } from "./walk-task.ts";

/** How assets are scored, and the task that brings stored scores up to date. */
export function createScoresModule(context: ModuleContext): ServerModule {
  const { db } = context;
  return { bindings: scoreRoutes({ jobs: () => context.jobs }), tasks: [createWalkTask(db)] };
}
