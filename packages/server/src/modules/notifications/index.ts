import type { ModuleContext, ServerModule } from "../../context.ts";
import { notificationRoutes } from "./routes.ts";
import { createShippedNotesTask } from "./service.ts";

/** The notification feed and the release notes in it. */
export function createNotificationsModule(context: ModuleContext): ServerModule {
  const { db, clock } = context;
  const parts = { db, clock, jobs: () => context.jobs };
  return { bindings: notificationRoutes(parts), tasks: [createShippedNotesTask(parts)] };
}
