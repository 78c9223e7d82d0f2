import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { clientRoutes } from "./routes.ts";

/** Administration of API clients; how they log in is modules/auth's. */
export function createClientsModule(context: { db: Database; clock: Clock }): ServerModule {
  return { bindings: clientRoutes({ clock: context.clock }) };
}
