import {
  ingestImportCreate,
  ingestImportGet,
  ingestImportList,
  otCaptureImport,
  otImportGet,
  otProjectfileImport,
  toEtmPage,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import { type ImportJobRow, listImports } from "./import-store.ts";
import { assertFormat } from "./known-formats.ts";
import { createImport, type IngestParts, readImport } from "./service.ts";
import { toImportJob } from "./views.ts";

export function ingestRoutes(parts: IngestParts): readonly Binding[] {
  const answer = (path: string, job: ImportJobRow) => ({
    status: 202,
    headers: { location: `${path}/${job.id}` },
    value: toImportJob(job),
  });
  return [
    bind(ingestImportCreate, async ({ db: scoped, caller, address, payload, headers, query: { format, ...query } }) => {
      if (format !== undefined) assertFormat(format);
      const accepted = format === undefined ? {} : { acceptedKinds: [format] };
      const upload = { action: "ingest.import.create", payload, headers, ...query, ...accepted };
      return answer("/ingest/1.0/import", await createImport(scoped, parts, { caller, address }, upload));
    }),
    bind(otProjectfileImport, async ({ db: scoped, caller, address, payload, headers, query }) => {
      const upload = { action: "ot.projectfile.import", payload, headers, ...query, acceptedKinds: ["projectfile"] };
      return answer("/ot/1.0/import", await createImport(scoped, parts, { caller, address }, upload));
    }),
    bind(otCaptureImport, async ({ db: scoped, caller, address, payload, headers, query }) => {
      const upload = { action: "ot.capture.import", payload, headers, ...query, acceptedKinds: ["capture"] };
      return answer("/ot/1.0/import", await createImport(scoped, parts, { caller, address }, upload));
    }),
    bind(otImportGet, async ({ db: scoped, caller, params }) => {
      const { job, issues } = await readImport(scoped, caller, params.id, { isRestricted: true });
      return { value: toImportJob(job, issues) };
    }),
    bind(ingestImportGet, async ({ db: scoped, caller, params }) => {
      const { job, issues } = await readImport(scoped, caller, params.id);
      return { value: toImportJob(job, issues) };
    }),
    bind(ingestImportList, async ({ db: scoped, caller, query }) => {
      const { pageNumber, pageSize } = toEtmPage(query);
      const page = { offset: pageNumber * pageSize, limit: pageSize };
      const { jobs, count } = await listImports(scoped, caller, page);
      return { value: jobs.map((job) => toImportJob(job)), count };
    }),
  ];
}
