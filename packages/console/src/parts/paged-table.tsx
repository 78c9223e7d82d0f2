import { Paper, Progress } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { ErrorNotice } from "./error-notice.tsx";
import { Status } from "./marks.tsx";
import { Waiting } from "./page.tsx";
import { type Column, RecordTable } from "./record-table.tsx";
import { PAGE_SIZE } from "./search/page-request.ts";
import { Paging, type RecordPage } from "./search/paging.tsx";
import type { useListSearch } from "./search/use-list-search.ts";
import { toNumber } from "./time.tsx";

/** Work that the server does in its own time. */
type Job = { id: string; status: string; progress: number; createdDate: number };

export function isUnderWay({ status }: Pick<Job, "status">): boolean {
  return status === "REQUESTED" || status === "IN_PROGRESS";
}

/** When those of a page that are not done were asked for. */
export function pendingSince<One extends Job>({ records }: RecordPage<One>): number[] {
  return records.filter(isUnderWay).map(({ createdDate }) => createdDate);
}

/** How far a job is, as a column. */
export const statusColumn: Column<Job> = {
  label: "Status",
  render: ({ status, progress }) => (
    <>
      <Status value={status} />
      {status === "IN_PROGRESS" && <Progress value={progress} size="xs" mt={4} aria-label={`${progress} %`} />}
    </>
  ),
};

export function totalOf(query: UseQueryResult<RecordPage<unknown>>) {
  return query.data && `${toNumber(query.data.count)} in all`;
}

/** A list that is paged by number and not searched. */
export function PagedTable<One extends { id: string }>({
  label,
  columns,
  query,
  at: [search, change],
}: {
  label: string;
  columns: readonly Column<One>[];
  query: UseQueryResult<RecordPage<One>>;
  at: ReturnType<typeof useListSearch>;
}) {
  return (
    <>
      {query.error !== null && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isLoading && <Waiting />}
      {query.data !== undefined && (
        <>
          <Paper withBorder style={{ overflowX: "auto" }}>
            <RecordTable label={label} columns={columns} records={query.data.records} keyOf={({ id }) => id} />
          </Paper>
          <Paging page={query.data} search={search} pageSize={PAGE_SIZE} onChange={change} />
        </>
      )}
    </>
  );
}
