import { otAdvisoryList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type Advisory = ResultOf<typeof otAdvisoryList>[number];

export const ADVISORIES: PagedList<Advisory> = {
  many: "advisories",
  maxPageSize: 100,
  examples: { filter: "advisory.cveId:CVE-2019-10936", sort: "advisory.updatedDate:desc" },
  columns: [
    ["Advisory", (advisory) => advisory.id],
    ["Title", (advisory) => advisory.title],
    ["Publisher", (advisory) => advisory.publisher],
    ["Updated", (advisory) => advisory.updatedDate],
    ["CVEs", (advisory) => advisory.cveIds.length],
    ["Products", (advisory) => advisory.productCount],
    ["Detections", (advisory) => advisory.detectionCount],
  ],
  read: async (session, query) => {
    const answer = await session.call(otAdvisoryList, { query });
    return { rows: await answer.json(), headers: answer.headers, count: answer.count };
  },
};
