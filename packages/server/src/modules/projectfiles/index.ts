import type { ModuleContext, ServerModule } from "../../context.ts";
import { projectFileRoutes } from "./routes.ts";

export { createProjectFileSink, PROJECT_FILE, type ProjectUpload, toProjectUpload } from "./project-file-sink.ts";

export function createProjectFilesModule({ clock }: Pick<ModuleContext, "clock">): ServerModule {
  return { bindings: projectFileRoutes(clock) };
}
