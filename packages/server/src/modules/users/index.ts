import type { ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { userRoutes } from "./routes.ts";

export { type FirstManager, prepareInstallation } from "./first-start.ts";
export { assertVisibleName } from "./names.ts";

export function createUsersModule(context: { db: Database }): ServerModule {
  return { bindings: userRoutes(context.db) };
}
