import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ImportJob } from "../schemas/import-job.ts";

/** Progress and result of an import of the OT module, for who may import nothing else: ot.md 1, own addition. */
export const otImportGet = defineOperation({
  id: "ot.import.get",
  method: "GET",
  versions: { "1.0": "/ot/1.0/import/:id" },
  summary: "Look at an import of a project file or capture",
  access: { permission: "Import OT OCA File Access" },
  params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
  responses: {
    200: {
      description:
        "The job; `issues` holds the first 1000 of what was refused or doubted, and a last one that counts the rest",
      schema: ImportJob,
    },
  },
});
