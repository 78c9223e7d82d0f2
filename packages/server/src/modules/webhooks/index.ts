import type { ModuleContext, ServerModule } from "../../context.ts";
import { createOutboxTask } from "./outbox-task.ts";
import { webhookRoutes } from "./routes.ts";

export { publishEvent, wakeWebhooks } from "./publish-event.ts";

/** Signed webhooks and the outbox that they are sent from. */
export function createWebhooksModule(context: ModuleContext): ServerModule {
  const { db, clock } = context;
  return {
    bindings: webhookRoutes({ clock, jobs: () => context.jobs }),
    tasks: [createOutboxTask({ db, clock })],
  };
}
