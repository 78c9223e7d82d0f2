import { adminAuditList, type ResultOf } from "@breakwater/client";
import { Button, Group, Paper } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ErrorNotice } from "../../parts/error-notice.tsx";
import { Mark } from "../../parts/marks.tsx";
import { Page, Waiting } from "../../parts/page.tsx";
import { type Column, RecordTable } from "../../parts/record-table.tsx";
import { Time, toNumber } from "../../parts/time.tsx";
import { call } from "../../session/api.ts";
import { AuditFilter } from "./audit-filter.tsx";
import type { AuditSearch } from "./audit-search.ts";

type AuditEvent = ResultOf<typeof adminAuditList>[number];

const PAGE_SIZE = 100;

const columns: readonly Column<AuditEvent>[] = [
  { label: "Number", isRight: true, render: ({ id }) => id },
  { label: "When", render: ({ at }) => <Time at={at} isExact /> },
  { label: "Who", render: ({ actor }) => actor },
  { label: "What", render: ({ action }) => <span className="mono">{action}</span> },
  { label: "Of what", render: ({ target }) => target },
  {
    label: "Result",
    render: ({ result }) => <Mark band={result === "success" ? "low" : "high"}>{result}</Mark>,
  },
  { label: "From", render: ({ address }) => <span className="mono">{address}</span> },
  {
    label: "Detail",
    isWide: true,
    render: ({ detail }) =>
      Object.keys(detail).length === 0 ? null : <span className="mono quiet">{JSON.stringify(detail)}</span>,
  },
];

/** Who did what, when and from where, newest first; each event is bound to the one before it. */
export function AuditPage() {
  const search = useSearch({ strict: false }) as AuditSearch;
  const navigate = useNavigate();
  const change = (next: AuditSearch) => void navigate({ to: ".", search: next as never });
  const events = useQuery({
    queryKey: [adminAuditList.id, search],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const answer = await call(adminAuditList, { query: { ...search, pageSize: PAGE_SIZE }, signal });
      return { count: answer.count ?? 0, records: await answer.json() };
    },
  });
  const { beforeId, ...filter } = search;
  const last = events.data?.records.at(-1);
  const hasMore = last !== undefined && events.data?.records.length === PAGE_SIZE;
  return (
    <Page title="Audit log" note={events.data && `${toNumber(events.data.count)} events`}>
      <AuditFilter filter={filter} onChange={change} />
      {events.error !== null && <ErrorNotice error={events.error} onRetry={() => void events.refetch()} />}
      {events.isLoading && <Waiting />}
      {events.data !== undefined && (
        <>
          <Paper withBorder style={{ overflowX: "auto" }}>
            <RecordTable
              label="Audit log"
              columns={columns}
              records={events.data.records}
              keyOf={({ id }) => String(id)}
            />
          </Paper>
          <Group gap="xs" justify="flex-end">
            <Button variant="default" disabled={beforeId === undefined} onClick={() => change(filter)}>
              Newest
            </Button>
            <Button
              variant="default"
              disabled={!hasMore}
              onClick={() => last && change({ ...filter, beforeId: last.id })}
            >
              Older
            </Button>
          </Group>
        </>
      )}
    </Page>
  );
}
