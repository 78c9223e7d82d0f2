import { otDetectionCount } from "@breakwater/client";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { RecordLink } from "../../parts/links.tsx";
import { Severity } from "../../parts/marks.tsx";
import { Panel } from "../../parts/page.tsx";
import { toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { Groups } from "./groups.tsx";
import { RowsToCome } from "./rows-to-come.tsx";

const OPEN = "vulnerabilities.status:[NEW, ACTIVE, REOPENED]";
const SEVERITIES = [5, 4, 3, 2, 1];

/** Open detections of the OT module by severity. */
export function OtDetections() {
  const detections = useQuery({
    queryKey: [otDetectionCount.id, "overview"],
    staleTime: 120_000,
    queryFn: ({ signal }) => Promise.all(SEVERITIES.map((severity) => countOf(severity, signal))),
  });
  const total = detections.data?.reduce((sum, { count }) => sum + count, 0);
  return (
    <Panel
      title={total === undefined ? "Open OT detections" : `Open OT detections: ${toNumber(total)}`}
      actions={
        <RecordLink to="/ot/detections" search={{ q: OPEN }}>
          All
        </RecordLink>
      }
    >
      {detections.error !== null && <ErrorNotice error={detections.error} onRetry={() => void detections.refetch()} />}
      {detections.isLoading && <RowsToCome rows={SEVERITIES.length + 1} />}
      {detections.data !== undefined && (
        <Groups label="Severity" of="Detections" to="/ot/detections" groups={detections.data} />
      )}
    </Panel>
  );
}

async function countOf(severity: number, signal: AbortSignal) {
  const query = `vulnerabilities.severity:${severity} AND ${OPEN}`;
  const { count } = await (await call(otDetectionCount, { query: { filter: query }, signal })).json();
  return { name: `Severity ${severity}`, label: <Severity value={severity} />, query, count };
}
