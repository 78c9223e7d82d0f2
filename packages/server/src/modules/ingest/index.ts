import type { ModuleContext, ServerModule } from "../../context.ts";
import { connectionRoutes } from "./connection-routes.ts";
import { createEndConnectionTask } from "./end-connection-task.ts";
import { folderRoutes } from "./folder-routes.ts";
import { createFolderTask } from "./folder-task.ts";
import { createImportTask } from "./import-task.ts";
import { ingestRoutes } from "./routes.ts";
import { createUploadFiles } from "./upload-files.ts";

export type { Checkpoint, ImportConnection, ImportCounts, ImportRun, ImportSink } from "./sink.ts";

/** Uploads and the jobs that read them, and the connections that they come by. */
export function createIngestModule(context: ModuleContext): ServerModule {
  const { db, clock, log } = context;
  const { dataDir, importDir, limits } = context.config;
  const jobs = () => context.jobs;
  const files = createUploadFiles(dataDir, limits.maxUploadBytes);
  return {
    bindings: [
      ...ingestRoutes({ files, clock, jobs: () => context.jobs }),
      ...connectionRoutes({ clock, jobs: () => context.jobs }),
      ...folderRoutes({ clock, jobs, importDir }),
    ],
    tasks: [
      createImportTask({ db, jobs: () => context.jobs, files, clock, log, maxUnpackedBytes: limits.maxUnpackedBytes }),
      createEndConnectionTask({ db, clock }),
      ...(importDir === undefined ? [] : [createFolderTask({ db, clock, jobs, files, importDir })]),
    ],
  };
}
