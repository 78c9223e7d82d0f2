import type { ModuleContext, ServerModule } from "../../context.ts";
import { connectionRoutes } from "./connection-routes.ts";
import { createEndConnectionTask } from "./end-connection-task.ts";
import { createImportTask } from "./import-task.ts";
import { ingestRoutes } from "./routes.ts";
import { createUploadFiles } from "./upload-files.ts";

export type { Checkpoint, ImportConnection, ImportCounts, ImportRun, ImportSink } from "./sink.ts";

/** Uploads and the jobs that read them, and the connections that they come by. */
export function createIngestModule(context: ModuleContext): ServerModule {
  const { db, clock, log } = context;
  const { dataDir, limits } = context.config;
  const files = createUploadFiles(dataDir, limits.maxUploadBytes);
  return {
    bindings: [
      ...ingestRoutes({ files, clock, jobs: () => context.jobs }, db),
      ...connectionRoutes({ audit: db, clock, jobs: () => context.jobs }),
    ],
    tasks: [
      createImportTask({ db, jobs: () => context.jobs, files, clock, log, maxUnpackedBytes: limits.maxUnpackedBytes }),
      createEndConnectionTask({ db, clock }),
    ],
  };
}
