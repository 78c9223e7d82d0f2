import type { Clock, ServerModule } from "../../context.ts";
import { entityRoutes } from "./routes.ts";

export { sumByEntity } from "./sum-by-entity.ts";

/** Tags as business entities, with their scores: etm.md 2 and 5, docs/decisions/0025. */
export function createEntitiesModule(context: { clock: Clock }): ServerModule {
  return { bindings: entityRoutes(context.clock) };
}
