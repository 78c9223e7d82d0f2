import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { createExpiryTask } from "./expiry-task.ts";
import { acceptanceRoutes } from "./routes.ts";

export { findAcceptance } from "./store.ts";
export { toRiskAcceptance } from "./views.ts";

/** Risks that somebody has decided to live with. */
export function createAcceptancesModule({ db, clock }: { db: Database; clock: Clock }): ServerModule {
  return { bindings: acceptanceRoutes({ clock }), tasks: [createExpiryTask(db, clock)] };
}
