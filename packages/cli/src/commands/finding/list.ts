import { etmFindingList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type Finding = ResultOf<typeof etmFindingList>[number];

export const FINDINGS: PagedList<Finding> = {
  many: "findings",
  maxPageSize: 1000,
  examples: { filter: "finding.severity>=4", sort: "finding.qds:desc" },
  hasCursor: true,
  columns: [
    ["Finding", (finding) => finding.id],
    ["Title", (finding) => finding.title],
    ["CVE", (finding) => finding.cveId],
    ["Severity", (finding) => finding.severity],
    ["QDS", (finding) => finding.qds],
    ["Status", (finding) => finding.status],
    ["Asset", (finding) => finding.asset.assetName],
    ["Port", (finding) => finding.port],
  ],
  read: async (session, query) => {
    const answer = await session.call(etmFindingList, { query });
    return { rows: await answer.json(), headers: answer.headers, count: answer.count };
  },
};
