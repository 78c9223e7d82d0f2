import {
  etmReportDelete,
  etmReportDownload,
  etmReportGet,
  etmReportList,
  etmReportPart,
  etmReportSubmit,
  toEtmPage,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Database } from "../../db/pool.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { answerPart, answerZip } from "./downloads.ts";
import { cancelOrDelete, getReport, openReport, type ReportServiceContext, submitReport } from "./service.ts";
import { listReports } from "./store.ts";
import { toReport } from "./views.ts";

export function reportRoutes(context: ReportServiceContext, db: Database): readonly Binding[] {
  const recordDownload = ({ caller, address }: Actor, target: string) =>
    recordChange(db.write, { caller, address }, { action: "report.download", target });
  return [
    bind(etmReportSubmit, async (input) => {
      const report = await submitReport(context, input.db, input, input.body);
      return { status: 201, headers: { location: `/etm/api/rest/v1/reports/${report.id}` }, value: toReport(report) };
    }),
    bind(etmReportGet, async ({ db: scoped, params }) => {
      return { value: toReport(await getReport(scoped, params.id, new Date(context.clock()))) };
    }),
    bind(etmReportDownload, async (input) => {
      const report = await openReport(context, input.db, input.params.id);
      await recordDownload(input, report.report.id);
      return answerZip(report, input.headers);
    }),
    bind(etmReportPart, async (input) => {
      const report = await openReport(context, input.db, input.params.id);
      const answer = answerPart(report, input.params.name, input.headers);
      await recordDownload(input, `${report.report.id}/${input.params.name}`);
      return answer;
    }),
    bind(etmReportList, async ({ db: scoped, body }) => {
      const { pageSize: limit } = toEtmPage({ pageSize: body?.limit || body?.pageSize || 0 });
      const page = { offset: body?.offset ?? 0, limit };
      const { rows, count } = await listReports(scoped, page, new Date(context.clock()));
      return { value: rows.map(toReport), count };
    }),
    bind(etmReportDelete, async (input) => {
      await cancelOrDelete(context, input.db, input, input.params.id);
      return { status: 204, empty: true };
    }),
  ];
}
