import type { Clock, ServerModule } from "../../context.ts";
import { etmRoutes } from "./routes.ts";

export function createEtmModule(context: { clock: Clock }): ServerModule {
  return { bindings: etmRoutes(context.clock) };
}
