import { etmFindingList, type ResultOf } from "@breakwater/client";
import { findingTable } from "@breakwater/domain/query/index";
import { Group, Text } from "@mantine/core";
import { RecordLink } from "../../parts/links.tsx";
import { Mark, Qds, Severity, Status } from "../../parts/marks.tsx";
import type { Column } from "../../parts/record-table.tsx";
import { toEtmQuery, toPage } from "../../parts/search/read-page.ts";
import type { SearchKind } from "../../parts/search/search-list.tsx";
import { Time } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";

export type FindingRecord = ResultOf<typeof etmFindingList>[number];

export const findingColumns: readonly Column<FindingRecord>[] = [
  { label: "QDS", sortBy: "finding.qds", render: ({ qds }) => <Qds value={qds} /> },
  { label: "Severity", sortBy: "finding.severity", render: ({ severity }) => <Severity value={severity} /> },
  { label: "Finding", sortBy: "finding.title", isWide: true, render: (finding) => <FindingTitle finding={finding} /> },
  {
    label: "Asset",
    render: ({ asset }) => (
      <>
        <RecordLink to="/assets/$assetId" params={{ assetId: asset.internalAssetId }}>
          {asset.assetName}
        </RecordLink>
        <div className="quiet">{asset.ipAddresses[0]}</div>
      </>
    ),
  },
  { label: "Status", sortBy: "finding.status", render: ({ status }) => <Status value={status} /> },
  {
    label: "EPSS",
    sortBy: "finding.epssScore",
    isRight: true,
    render: ({ cve }) => (cve.epss === null ? "" : `${(cve.epss * 100).toFixed(1)} %`),
  },
  { label: "Source", render: ({ sources }) => [...new Set(sources.map(({ source }) => source))].join(", ") },
  { label: "First found", sortBy: "finding.firstFoundDate", render: ({ firstFound }) => <Time at={firstFound} /> },
  { label: "Last found", sortBy: "finding.lastFoundDate", render: ({ lastFound }) => <Time at={lastFound} /> },
];

function FindingTitle({ finding }: { finding: FindingRecord }) {
  const { id, title, cveId, cve, category, port, protocol } = finding;
  const place = port === null ? undefined : `${port}/${protocol ?? ""}`;
  return (
    <>
      <RecordLink to="/findings/$findingId" params={{ findingId: id }}>
        {title}
      </RecordLink>
      <Group gap={8}>
        <Text className="quiet" component="span">
          {[cveId, place, category === "VULNERABILITY" ? undefined : category.toLowerCase()]
            .filter(Boolean)
            .join(" · ")}
        </Text>
        {cve.cisaKev === true && (
          <Mark band="critical" hint="Known to be exploited: in the catalogue of CISA">
            KEV
          </Mark>
        )}
      </Group>
    </>
  );
}

export const findingKind: SearchKind<FindingRecord> = {
  title: "Findings",
  id: etmFindingList.id,
  table: findingTable,
  hint: "finding.severity>=4 AND finding.status:[NEW, ACTIVE, REOPENED]",
  columns: findingColumns,
  defaultSort: "finding.qds:desc",
  examples: [
    ["Open and critical", "finding.qds>=90 AND finding.status:[NEW, ACTIVE, REOPENED]"],
    ["Known to be exploited", "finding.riskFactor.isCisaKnownExploit:true"],
    ["New this week", "finding.firstFoundDate>now-7d"],
    ["Likely to be exploited", "finding.epssScore>=0.5"],
    ["Came back", "finding.status:REOPENED"],
  ],
  keyOf: ({ id }) => id,
  read: async (request) => {
    const answer = await call(etmFindingList, {
      query: { ...toEtmQuery(request), assetFilter: request.assetFilter },
      signal: request.signal,
    });
    return toPage(answer, await answer.json());
  },
};
