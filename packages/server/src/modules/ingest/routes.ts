import { ingestImportCreate, ingestImportGet, ingestImportList } from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { listImports } from "./import-store.ts";
import { createImport, type IngestParts, readImport } from "./service.ts";
import { toImportJob } from "./views.ts";

const DEFAULT_PAGE_SIZE = 50;

export function ingestRoutes(parts: IngestParts): readonly Binding[] {
  return [
    bind(ingestImportCreate, async ({ db, caller, payload, headers, query }) => {
      const job = await createImport(db, parts, caller, { payload, headers, ...query });
      return { status: 202, headers: { location: `/ingest/1.0/import/${job.id}` }, value: toImportJob(job) };
    }),
    bind(ingestImportGet, async ({ db, params }) => {
      const { job, issues } = await readImport(db, params.id);
      return { value: toImportJob(job, issues) };
    }),
    bind(ingestImportList, async ({ db, query: { pageNumber = 0, pageSize = DEFAULT_PAGE_SIZE } }) => {
      const { jobs, count } = await listImports(db, pageNumber * pageSize, pageSize);
      return { value: jobs.map((job) => toImportJob(job)), count };
    }),
  ];
}
