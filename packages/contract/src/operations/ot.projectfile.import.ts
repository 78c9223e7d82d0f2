import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ImportJob } from "../schemas/import-job.ts";
import { UploadQuery } from "../schemas/upload.ts";

/** Take in a project file: ot.md 1, own addition. */
export const otProjectfileImport = defineOperation({
  id: "ot.projectfile.import",
  method: "POST",
  versions: { "1.0": "/ot/1.0/projectfile/import" },
  summary: "Import a project file",
  description:
    "As POST /ingest/1.0/import, for project files only: .L5X, .ACD, .aml, .xef and .zef, also in gzip or zip. Follow the job by GET /ot/1.0/import/{id}.",
  access: { permission: "Import OT OCA File Access" },
  query: Type.Object({
    ...UploadQuery.properties,
    plantLocation: Type.Optional(Type.String({ maxLength: 200, description: "Where the file itself tells none" })),
  }),
  body: { kind: "stream", description: "A project file" },
  responses: { 202: { description: "The job", schema: ImportJob } },
});
