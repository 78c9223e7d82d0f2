import { otDetectionList, type ResultOf } from "@breakwater/client";
import { otDetectionTable } from "@breakwater/domain/query/index";
import { RecordLink } from "../../parts/links.tsx";
import { Mark, Qds, Severity, Status } from "../../parts/marks.tsx";
import type { Column } from "../../parts/record-table.tsx";
import { toOtQuery, toPage } from "../../parts/search/read-page.ts";
import type { SearchKind } from "../../parts/search/search-list.tsx";
import { shorten } from "../../parts/shorten.ts";
import { Time } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

export type Detection = ResultOf<typeof otDetectionList>["vulnerabilities"][number];

export const detectionColumns: readonly Column<Detection>[] = [
  { label: "QDS", sortBy: "vulnerabilities.qds", render: ({ qds }) => <Qds value={qds} /> },
  { label: "Severity", sortBy: "vulnerabilities.severity", render: ({ severity }) => <Severity value={severity} /> },
  {
    label: "Detection",
    sortBy: "vulnerabilities.title",
    isWide: true,
    render: ({ uuid, title, cveIds, advisory }) => (
      <>
        <RecordLink to="/ot/detections/$detectionId" params={{ detectionId: uuid }}>
          {title}
        </RecordLink>
        <div className="quiet">{[advisory.id, shorten(cveIds)].filter(Boolean).join(" · ")}</div>
      </>
    ),
  },
  {
    label: "Host",
    sortBy: "asset.name",
    render: ({ asset }) => (
      <>
        <RecordLink to="/ot/hosts/$hostId" params={{ hostId: String(asset.assetId) }}>
          {asset.name}
        </RecordLink>
        <div className="mono">{asset.ipAddress[0]}</div>
      </>
    ),
  },
  {
    label: "Sure",
    sortBy: "vulnerabilities.typeDetected",
    render: ({ typeDetected }) => <Mark band={typeDetected === "Confirmed" ? "high" : "none"}>{typeDetected}</Mark>,
  },
  { label: "Status", sortBy: "vulnerabilities.status", render: ({ status }) => <Status value={status} /> },
  {
    label: "First detected",
    sortBy: "vulnerabilities.firstDetected",
    render: ({ firstDetected }) => <Time at={firstDetected} />,
  },
  {
    label: "Last detected",
    sortBy: "vulnerabilities.lastDetected",
    render: ({ lastDetected }) => <Time at={lastDetected} />,
  },
];

export const detectionKind: SearchKind<Detection> = {
  title: "OT detections",
  id: otDetectionList.id,
  table: otDetectionTable,
  hint: "vulnerabilities.severity>=4 AND vulnerabilities.typeDetected:Confirmed",
  defaultSort: "vulnerabilities.qds:desc",
  examples: [
    ["Confirmed and open", "vulnerabilities.typeDetected:Confirmed AND vulnerabilities.status:[NEW, ACTIVE, REOPENED]"],
    ["Critical", "vulnerabilities.criticality:CRITICAL"],
    ["On controllers", "hardware.type:`Programmable Logic Controller (PLC)`"],
  ],
  keyOf: ({ uuid }) => uuid,
  columns: detectionColumns,
  read: async (request) => {
    const answer = await call(otDetectionList, { query: toOtQuery(request), signal: request.signal });
    return toPage(answer, (await answer.json()).vulnerabilities);
  },
};
