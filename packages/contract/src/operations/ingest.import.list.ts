import { Type } from "typebox";
import { defineOperation } from "../operation.ts";
import { ImportJob } from "../schemas/import-job.ts";
import { etmListQuery } from "../schemas/paging.ts";

/** Imports, newest first. */
export const ingestImportList = defineOperation({
  id: "ingest.import.list",
  method: "GET",
  versions: { "1.0": "/ingest/1.0/import/list" },
  summary: "List imports",
  access: { permission: "Import Findings Access" },
  query: Type.Object({
    pageNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    pageSize: etmListQuery.pageSize,
  }),
  hasCountHeader: true,
  responses: { 200: { description: "A page of jobs, without their issues", schema: Type.Array(ImportJob) } },
});
