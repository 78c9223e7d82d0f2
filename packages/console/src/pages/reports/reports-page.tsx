import { etmReportList, type ResultOf } from "@breakwater/client";
import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Page } from "../../parts/page.tsx";
import { PagedTable, pendingSince, statusColumn, totalOf } from "../../parts/paged-table.tsx";
import { pollWhile } from "../../parts/polling.ts";
import type { Column } from "../../parts/record-table.tsx";
import { PAGE_SIZE } from "../../parts/search/page-request.ts";
import type { RecordPage } from "../../parts/search/paging.tsx";
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
  statusColumn,
  { label: "Format", render: ({ reportFormat }) => reportFormat },
  { label: "Records", isRight: true, render: ({ recordCount }) => toNumber(recordCount) },
  { label: "By", render: ({ createdBy }) => createdBy },
  { label: "Asked for", render: ({ createdDate }) => <Time at={createdDate} isExact /> },
  { label: "Done", render: ({ completedDate }) => <Time at={completedDate} isExact /> },
  { label: "Kept until", render: ({ expiresDate }) => <Time at={expiresDate} /> },
  { label: "", render: (report) => <ReportActions report={report} /> },
];

/** Reports as the API lists them: those of creators who see no more than the reader. */
export function ReportsPage() {
  const at = useListSearch();
  const [{ page = 1 }] = at;
  const reports = useQuery({
    queryKey: [etmReportList.id, page],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const body = { offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE };
      const answer = await call(etmReportList, { body, signal });
      return toPage(answer, await answer.json());
    },
    refetchInterval: pollWhile<RecordPage<Report>>(pendingSince),
  });
  return (
    <Page title="Reports" note={totalOf(reports)}>
      <Text size="sm" c="dimmed">
        A report holds what a query found when it began. Findings and Assets start one with "Save as CSV report"; the
        API and schedules make others.
      </Text>
      <PagedTable label="Reports" columns={columns} query={reports} at={at} />
    </Page>
  );
}
