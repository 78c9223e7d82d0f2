import { etmReportList, type ResultOf } from "@breakwater/client";
import { Paper, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { Status } from "../../parts/marks.tsx";
import { Page, Waiting } from "../../parts/page.tsx";
import { pollWhile } from "../../parts/polling.ts";
import { type Column, RecordTable } from "../../parts/record-table.tsx";
import { PAGE_SIZE } from "../../parts/search/page-request.ts";
import { Paging, type RecordPage } from "../../parts/search/paging.tsx";
import { toPage } from "../../parts/search/read-page.ts";
import { useListSearch } from "../../parts/search/use-list-search.ts";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { ReportActions } from "./report-actions.tsx";

export type Report = ResultOf<typeof etmReportList>[number];

const columns: readonly Column<Report>[] = [
  {
    label: "Report",
    isWide: true,
    render: ({ name, description, message }) => (
      <>
        {name || "Without a name"}
        <div className="quiet">{message ?? description}</div>
      </>
    ),
  },
  {
    label: "Status",
    render: ({ status, progress }) => (
      <>
        <Status value={status} />
        {status === "IN_PROGRESS" && <Progress value={progress} size="xs" mt={4} aria-label={`${progress} %`} />}
      </>
    ),
  },
  { label: "Format", render: ({ reportFormat }) => reportFormat },
  { label: "Records", isRight: true, render: ({ recordCount }) => toNumber(recordCount) },
  { label: "By", render: ({ createdBy }) => createdBy },
  { label: "Asked for", render: ({ createdDate }) => <Time at={createdDate} isExact /> },
  { label: "Done", render: ({ completedDate }) => <Time at={completedDate} isExact /> },
  { label: "Kept until", render: ({ expiresDate }) => <Time at={expiresDate} /> },
  { label: "", render: (report) => <ReportActions report={report} /> },
];

const isRunning = ({ status }: Report) => status === "REQUESTED" || status === "IN_PROGRESS";

/** Reports as the API lists them: those of creators who see no more than the reader. */
export function ReportsPage() {
  const [search, change] = useListSearch();
  const { page = 1 } = search;
  const reports = useQuery({
    queryKey: [etmReportList.id, page],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const body = { offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE };
      const answer = await call(etmReportList, { body, signal });
      return toPage(answer, await answer.json());
    },
    refetchInterval: pollWhile<RecordPage<Report>>(({ records }) =>
      records.filter(isRunning).map((one) => one.createdDate),
    ),
  });
  return (
    <Page title="Reports" note={reports.data && `${toNumber(reports.data.count)} in all`}>
      <Text size="sm" c="dimmed">
        A report holds what a query found when it began. Findings and Assets start one with "Save as CSV report"; the
        API and schedules make others.
      </Text>
      {reports.error !== null && <ErrorNotice error={reports.error} onRetry={() => void reports.refetch()} />}
      {reports.isLoading && <Waiting />}
      {reports.data !== undefined && (
        <>
          <Paper withBorder style={{ overflowX: "auto" }}>
            <RecordTable label="Reports" columns={columns} records={reports.data.records} keyOf={({ id }) => id} />
          </Paper>
          <Paging page={reports.data} search={search} pageSize={PAGE_SIZE} onChange={change} />
        </>
      )}
    </Page>
  );
}
