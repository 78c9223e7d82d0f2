import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { identityProviderRoutes } from "./routes.ts";

/** Administration of identity providers; how their tokens are verified is modules/auth's. */
export function createIdentityProvidersModule(context: { db: Database; clock: Clock }): ServerModule {
  return { bindings: identityProviderRoutes({ clock: context.clock }) };
}
