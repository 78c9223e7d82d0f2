import { etmReportList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type Report = ResultOf<typeof etmReportList>[number];

export const REPORTS: PagedList<Report> = {
  many: "reports",
  maxPageSize: 1000,
  columns: [
    ["Report", (report) => report.id],
    ["Name", (report) => report.name],
    ["Status", (report) => report.status],
    ["Format", (report) => report.reportFormat],
    ["Records", (report) => report.recordCount],
    ["Created", (report) => new Date(report.createdDate).toISOString()],
    ["By", (report) => report.createdBy],
  ],
  read: async (session, { pageNumber, pageSize }) => {
    const answer = await session.call(etmReportList, { body: { offset: pageNumber * pageSize, limit: pageSize } });
    return { rows: await answer.json(), headers: answer.headers, count: answer.count };
  },
};
