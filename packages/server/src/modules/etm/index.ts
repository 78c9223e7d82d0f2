import type { Clock, ServerModule } from "../../context.ts";
import { etmRoutes } from "./routes.ts";

export { readAssets } from "./asset-store.ts";
export { type PageOf, turnPage } from "./service.ts";

export function createEtmModule(context: { clock: Clock }): ServerModule {
  return { bindings: etmRoutes(context.clock) };
}
