import { otDetectionList, type ResultOf } from "@breakwater/client";
import type { PagedList } from "../../paged-list.ts";

type Detection = ResultOf<typeof otDetectionList>["vulnerabilities"][number];

export const DETECTIONS: PagedList<Detection> = {
  many: "detections",
  maxPageSize: 100,
  examples: { filter: "vulnerabilities.severity>=4", sort: "vulnerabilities.severity:desc" },
  columns: [
    ["Detection", (detection) => detection.uuid],
    ["Title", (detection) => detection.title],
    ["CVEs", (detection) => detection.cveIds.join(", ")],
    ["Severity", (detection) => detection.severity],
    ["Detected", (detection) => detection.typeDetected],
    ["Status", (detection) => detection.status],
    ["Host", (detection) => detection.asset.name],
    ["Advisory", (detection) => detection.advisory.id],
  ],
  read: async (session, query) => {
    const answer = await session.call(otDetectionList, { query });
    return { rows: (await answer.json()).vulnerabilities, headers: answer.headers, count: answer.count };
  },
};
