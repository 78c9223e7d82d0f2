import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { roleRoutes } from "./routes.ts";

export function createRolesModule(context: { db: Database; clock: Clock }): ServerModule {
  return { bindings: roleRoutes({ clock: context.clock }) };
}
