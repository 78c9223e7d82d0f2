import type { ModuleContext, ServerModule } from "../../context.ts";
import { detectionRoutes } from "./routes.ts";

/** OT vulnerabilities: what advisories say of the hosts, as the API shows it. */
export function createDetectionsModule({ clock }: Pick<ModuleContext, "clock">): ServerModule {
  return { bindings: detectionRoutes(clock) };
}
