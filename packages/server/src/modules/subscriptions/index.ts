import type { ModuleContext, ServerModule } from "../../context.ts";
import { subscriptionRoutes } from "./routes.ts";

export function createSubscriptionsModule(context: Pick<ModuleContext, "db" | "config" | "log">): ServerModule {
  const { db, config, log } = context;
  return { bindings: subscriptionRoutes({ db, log, dataDir: config.dataDir }) };
}
