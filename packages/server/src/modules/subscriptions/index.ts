import type { ModuleContext, ServerModule } from "../../context.ts";
import { subscriptionRoutes } from "./routes.ts";

/** @param forget see `Parts` */
export function createSubscriptionsModule(
  context: Pick<ModuleContext, "db" | "config" | "log">,
  forget: (subscriptionId: number) => void,
): ServerModule {
  const { db, config, log } = context;
  return { bindings: subscriptionRoutes({ db, log, dataDir: config.dataDir, forget }) };
}
