import {
  etmReportDelete,
  etmReportDownload,
  etmReportGet,
  etmReportList,
  etmReportPart,
  etmReportSubmit,
} from "@breakwater/contract";
import { type Binding, bind } from "../../binding.ts";
import type { Caller } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import { recordAudit } from "../audit/index.ts";
import { answerPart, answerZip } from "./downloads.ts";
import { cancelOrDelete, getReport, openReport, type ReportServiceContext, submitReport } from "./service.ts";
import { listReports } from "./store.ts";
import { toReport } from "./views.ts";

const DEFAULT_PAGE_SIZE = 50;

export function reportRoutes(context: ReportServiceContext, db: Database): readonly Binding[] {
  const audit = (input: { caller: Caller; address: string }, action: string, target: string) =>
    recordAudit(db, {
      subscriptionId: input.caller.subscriptionId,
      actor: input.caller.username,
      action,
      target,
      address: input.address,
      result: "success",
    });
  return [
    bind(etmReportSubmit, async (input) => {
      const report = await submitReport(context, input.db, input.caller, input.body);
      await audit(input, "report.submit", report.id);
      return { status: 201, headers: { location: `/etm/api/rest/v1/reports/${report.id}` }, value: toReport(report) };
    }),
    bind(etmReportGet, async ({ db: scoped, params }) => {
      return { value: toReport(await getReport(scoped, params.id, new Date(context.clock()))) };
    }),
    bind(etmReportDownload, async (input) => {
      const report = await openReport(context, input.db, input.params.id);
      await audit(input, "report.download", report.report.id);
      return answerZip(report, input.headers);
    }),
    bind(etmReportPart, async (input) => {
      const report = await openReport(context, input.db, input.params.id);
      const answer = answerPart(report, input.params.name, input.headers);
      await audit(input, "report.download", `${report.report.id}/${input.params.name}`);
      return answer;
    }),
    bind(etmReportList, async ({ db: scoped, body }) => {
      const page = { offset: body?.offset ?? 0, limit: body?.limit ?? body?.pageSize ?? DEFAULT_PAGE_SIZE };
      const { rows, count } = await listReports(scoped, page, new Date(context.clock()));
      return { value: rows.map(toReport), count };
    }),
    bind(etmReportDelete, async (input) => {
      const done = await cancelOrDelete(context, input.db, input.caller, input.params.id);
      await audit(input, done === "cancelled" ? "report.cancel" : "report.delete", input.params.id);
      return { status: 204, empty: true };
    }),
  ];
}
