import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ImportJob } from "../schemas/import-job.ts";

/** Progress and result of an import: etm.md 4. */
export const ingestImportGet = defineOperation({
  id: "ingest.import.get",
  method: "GET",
  versions: { "1.0": "/ingest/1.0/import/:id" },
  summary: "Look at an import",
  access: { permission: "Import Findings Access" },
  params: Type.Object({ id: Type.String() }),
  responses: {
    200: {
      description:
        "The job; `issues` holds the first 1000 of what was refused or doubted, and a last one that counts the rest",
      schema: ImportJob,
    },
  },
});
