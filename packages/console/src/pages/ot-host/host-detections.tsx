import { otDetectionList } from "@breakwater/client";
import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { Panel, Waiting } from "../../parts/page.tsx";
import { type Column, RecordTable } from "../../parts/record-table.tsx";
import { toSortParameter } from "../../parts/search/list-search.ts";
import { toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { type Detection, detectionColumns } from "../ot-detections/detection-kind.tsx";

const SHOWN = 50;
const SORT = toSortParameter("vulnerabilities.qds:desc");

const why: Column<Detection> = {
  label: "Why",
  isWide: true,
  render: ({ evidence: [first] }) =>
    first && (
      <>
        {first.comparison}
        <div className="quiet">{[first.place, first.product].filter(Boolean).join(" · ")}</div>
      </>
    ),
};
const columns = detectionColumns.filter(({ label }) =>
  ["QDS", "Severity", "Detection", "Sure", "Status"].includes(label),
);

/** The host's detections, the gravest first, each with the comparison that made it. */
export function HostDetections({ assetId }: { assetId: number }) {
  const query = `asset.assetId:${assetId}`;
  const detections = useQuery({
    queryKey: [otDetectionList.id, "of host", assetId],
    queryFn: async ({ signal }) => {
      const answer = await call(otDetectionList, { query: { filter: query, sort: SORT, pageSize: SHOWN }, signal });
      return { count: answer.count ?? 0, records: (await answer.json()).vulnerabilities };
    },
  });
  return (
    <Panel
      title="Detections"
      actions={
        <Group gap="xs" fz="sm">
          {detections.data && <Text size="sm" c="dimmed">{`${toNumber(detections.data.count)} in all`}</Text>}
          <RecordLink to="/ot/detections" search={{ q: query }}>
            Search them
          </RecordLink>
        </Group>
      }
    >
      {detections.error !== null && <ErrorNotice error={detections.error} onRetry={() => void detections.refetch()} />}
      {detections.isLoading && <Waiting />}
      {detections.data?.count === 0 && (
        <Text size="sm" c="dimmed">
          No advisory that was loaded concerns it.
        </Text>
      )}
      {detections.data !== undefined && detections.data.count > 0 && (
        <div style={{ overflowX: "auto" }}>
          <RecordTable
            label="Detections"
            records={detections.data.records}
            keyOf={({ uuid }) => uuid}
            columns={[...columns, why]}
          />
        </div>
      )}
    </Panel>
  );
}
