import type { ModuleContext, ServerModule } from "../../context.ts";
import { createReportFiles } from "./files.ts";
import { reportRoutes } from "./routes.ts";
import { createReportTasks } from "./tasks.ts";

export { addReport, checkRequest, wakeReport } from "./service.ts";
export { reportInScope } from "./store.ts";

/** Asynchronous findings reports: etm.md 1. */
export function createReportsModule(context: ModuleContext): ServerModule {
  const files = createReportFiles(context.config.dataDir);
  const { db, clock, jobs, log } = context;
  return {
    bindings: reportRoutes({ files, clock, jobs }, db),
    tasks: createReportTasks({ db, files, clock, jobs, log, limits: context.config.limits }),
  };
}
