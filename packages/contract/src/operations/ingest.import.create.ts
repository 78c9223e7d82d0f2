import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ImportJob } from "../schemas/import-job.ts";

/** Take in a file: etm.md 4. */
export const ingestImportCreate = defineOperation({
  id: "ingest.import.create",
  method: "POST",
  versions: { "1.0": "/ingest/1.0/import" },
  summary: "Import a file",
  description:
    "The file as raw body or as the first file of a multipart form; gzip or zip too. Its format is recognised by content. Answers once the file is safely stored; follow the job by its id.",
  access: { permission: "Import Findings Access" },
  query: Type.Object({
    connection: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: "Named source; default: the product that made the file",
      }),
    ),
    fileName: Type.Optional(
      Type.String({ maxLength: 500, description: "Shown in lists; says nothing about the format" }),
    ),
  }),
  body: { kind: "stream", description: "Scanner output or a packet capture" },
  responses: { 202: { description: "The job", schema: ImportJob } },
});
