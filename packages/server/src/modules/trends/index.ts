import type { ModuleContext, ServerModule } from "../../context.ts";
import { trendRoutes } from "./routes.ts";
import { createTrendTask } from "./trend-task.ts";

/** What each day looked like: etm.md 2 and 5, docs/decisions/0025. */
export function createTrendsModule({ db, clock, config }: ModuleContext): ServerModule {
  const { trendRetentionDays: retentionDays } = config.limits;
  return { bindings: trendRoutes(clock), tasks: [createTrendTask({ db, clock, retentionDays })] };
}
