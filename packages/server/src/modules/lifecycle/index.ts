import { OPERATIONS } from "@breakwater/contract";
import type { ModuleContext, ServerModule } from "../../context.ts";
import { lifecycleRoutes } from "./routes.ts";
import { listRoutes } from "./service.ts";
import type { LifecycleTable } from "./table.ts";
import { createTransitionTask } from "./transitions.ts";

export { parseDate } from "./dates.ts";
export { listEntries, listUntold, markTold, type StoredEntry } from "./store.ts";
export { type LifecycleTable, openLifecycle } from "./table.ts";

/** Versions of operations: their dates over the API, and the events when time moves them on. */
export function createLifecycleModule(context: ModuleContext, table: LifecycleTable): ServerModule {
  const { db, clock, config } = context;
  const jobs = () => context.jobs;
  const routes = listRoutes(OPERATIONS);
  return {
    bindings: lifecycleRoutes({ clock, profile: config.profile, jobs, table, routes }),
    tasks: [createTransitionTask({ db, clock, profile: config.profile, jobs })],
  };
}
