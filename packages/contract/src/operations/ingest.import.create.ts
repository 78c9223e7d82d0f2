import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ImportJob } from "../schemas/import-job.ts";
import { UploadQuery } from "../schemas/upload.ts";

/** Take in a file: etm.md 4. */
export const ingestImportCreate = defineOperation({
  id: "ingest.import.create",
  method: "POST",
  versions: { "1.0": "/ingest/1.0/import" },
  summary: "Import a file",
  description:
    "The file as raw body or as the file of a multipart form, whose fields `connection` and `fileName` stand for the parameters; gzip or zip too. Its format is recognised by content. Answers once the file is safely stored; follow the job by its id.",
  access: { permission: "Import Findings Access" },
  query: Type.Object({
    ...UploadQuery.properties,
    format: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 50,
        description:
          "Only what is recognised as this, by the name that jobs show, is imported: `kev`, `csaf`, `nessus`, …",
      }),
    ),
  }),
  body: { kind: "stream", description: "Scanner output or a packet capture" },
  responses: { 202: { description: "The job", schema: ImportJob } },
});
