import type { ModuleContext, ServerModule } from "../../context.ts";
import { createEventRetentionTask } from "./event-retention-task.ts";
import { otRoutes } from "./routes.ts";

export { PASSIVE_SENSOR } from "./capture-collector.ts";
export { createCaptureSink } from "./capture-sink.ts";
export { partHost, uniteHosts } from "./correct-hosts.ts";
export { writeEvidence } from "./evidence-store.ts";
export { resolveAssets } from "./host-assets.ts";
export { hostFields } from "./host-fields.ts";
export { refreshHosts } from "./host-refresh.ts";

export function createOtModule({ db, clock }: Pick<ModuleContext, "db" | "clock">): ServerModule {
  return { bindings: otRoutes(clock), tasks: [createEventRetentionTask(db, clock)] };
}
