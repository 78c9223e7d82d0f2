import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { correctionRoutes } from "./routes.ts";

/** What people say about findings and assets against what sources told: test it again, these are two, these are one. */
export function createCorrectionsModule(context: { db: Database; clock: Clock }): ServerModule {
  return { bindings: correctionRoutes(context) };
}
