import {
  ingestImportCreate,
  ingestImportGet,
  ingestImportList,
  otCaptureImport,
  otImportGet,
  otProjectfileImport,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Caller } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { recordAudit } from "../audit/index.ts";
import { type ImportJobRow, listImports } from "./import-store.ts";
import { createImport, type IngestParts, readImport } from "./service.ts";
import { toImportJob } from "./views.ts";

const DEFAULT_PAGE_SIZE = 50;

export function ingestRoutes(parts: IngestParts, db: Database): readonly Binding[] {
  const answerOtImport = async (job: ImportJobRow, action: string, caller: Caller, address: string) => {
    await recordAudit(db, {
      subscriptionId: caller.subscriptionId,
      actor: caller.username,
      action,
      target: job.id,
      address,
      result: "success",
      detail: { fileName: job.file_name, bytes: job.file_bytes },
    });
    return { status: 202, headers: { location: `/ot/1.0/import/${job.id}` }, value: toImportJob(job) };
  };
  return [
    bind(ingestImportCreate, async ({ db: scoped, caller, address, payload, headers, query }) => {
      const job = await createImport(scoped, parts, caller, { payload, headers, ...query });
      await recordAudit(db, {
        subscriptionId: caller.subscriptionId,
        actor: caller.username,
        action: "ingest.import.create",
        target: job.id,
        address,
        result: "success",
        detail: { fileName: job.file_name, bytes: job.file_bytes },
      });
      return { status: 202, headers: { location: `/ingest/1.0/import/${job.id}` }, value: toImportJob(job) };
    }),
    bind(otProjectfileImport, async ({ db: scoped, caller, address, payload, headers, query }) => {
      const upload = { payload, headers, ...query, acceptedKinds: ["projectfile"] };
      return answerOtImport(
        await createImport(scoped, parts, caller, upload),
        "ot.projectfile.import",
        caller,
        address,
      );
    }),
    bind(otCaptureImport, async ({ db: scoped, caller, address, payload, headers, query }) => {
      const upload = { payload, headers, ...query, acceptedKinds: ["capture"] };
      return answerOtImport(await createImport(scoped, parts, caller, upload), "ot.capture.import", caller, address);
    }),
    bind(otImportGet, async ({ db: scoped, caller, params }) => {
      const { job, issues } = await readImport(scoped, caller, params.id, { isRestricted: true });
      return { value: toImportJob(job, issues) };
    }),
    bind(ingestImportGet, async ({ db: scoped, caller, params }) => {
      const { job, issues } = await readImport(scoped, caller, params.id);
      return { value: toImportJob(job, issues) };
    }),
    bind(ingestImportList, async ({ db: scoped, caller, query: { pageNumber = 0, pageSize = DEFAULT_PAGE_SIZE } }) => {
      const page = { offset: pageNumber * pageSize, limit: pageSize };
      const { jobs, count } = await listImports(scoped, caller, page);
      return { value: jobs.map((job) => toImportJob(job)), count };
    }),
  ];
}
