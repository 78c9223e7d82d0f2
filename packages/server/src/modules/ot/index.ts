import type { ModuleContext, ServerModule } from "../../context.ts";
import { otRoutes } from "./routes.ts";

export { PASSIVE_SENSOR } from "./capture-collector.ts";
export { createCaptureSink } from "./capture-sink.ts";

export function createOtModule({ clock }: Pick<ModuleContext, "clock">): ServerModule {
  return { bindings: otRoutes(clock) };
}
