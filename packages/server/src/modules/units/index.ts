import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { unitRoutes } from "./routes.ts";

export function createUnitsModule(context: { db: Database; clock: Clock }): ServerModule {
  return { bindings: unitRoutes({ clock: context.clock }) };
}
