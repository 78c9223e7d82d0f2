import type { TokenTable } from "@breakwater/domain/query/index";
import { Button, Group, Paper, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorNotice } from "../error-notice.tsx";
import { Page, Waiting } from "../page.tsx";
import { checkText } from "../query/check-text.ts";
import { type Column, RecordTable } from "../record-table.tsx";
import { toNumber } from "../time.tsx";
import { type ListSearch, toSortParameter } from "./list-search.ts";
import { PAGE_SIZE, type PageRequest } from "./page-request.ts";
import { Paging, type RecordPage } from "./paging.tsx";
import { SearchBox } from "./search-box.tsx";
import { useListSearch } from "./use-list-search.ts";

/** A list that is searched by a query: all that differs from one kind of record to the next. */
export type SearchKind<T> = {
  title: string;
  /** Of its operation: what is kept of its answers. */
  id: string;
  table: TokenTable;
  hint: string;
  columns: readonly Column<T>[];
  /** As in the address. */
  defaultSort: string;
  examples: readonly (readonly [label: string, query: string])[];
  keyOf: (record: T) => string;
  read: (request: PageRequest) => Promise<RecordPage<T>>;
};

/**
 * The page of a searched list.
 *
 * @param props.actions what can be done with the query as it was run
 * @param props.more further search boxes
 */
export function SearchList<T>({
  kind,
  actions,
  more,
}: {
  kind: SearchKind<T>;
  actions?: (search: ListSearch) => ReactNode;
  more?: (search: ListSearch, change: (next: ListSearch) => void) => ReactNode;
}) {
  const [search, change] = useListSearch();
  const { q = "", sort = kind.defaultSort } = search;
  const page = useRecords(kind, search);
  const run = (query: string) => {
    if (query === q) void page.refetch();
    change({ ...keepOf(search), ...(query === "" ? {} : { q: query }) });
  };
  return (
    <Page title={kind.title} note={page.data && `${toNumber(page.data.count)} in all`} actions={actions?.(search)}>
      <SearchBox table={kind.table} label={`Query over ${kind.title}`} hint={kind.hint} query={q} onRun={run} />
      {more?.(search, change)}
      {q === "" && <Examples examples={kind.examples} onPick={run} />}
      {page.error !== null && <ErrorNotice error={page.error} onRetry={() => void page.refetch()} />}
      {page.isLoading && <Waiting />}
      {page.data !== undefined && page.error === null && (
        <>
          <Paper withBorder style={{ overflowX: "auto", opacity: page.isPlaceholderData ? 0.55 : 1 }}>
            <RecordTable
              label={kind.title}
              columns={kind.columns}
              records={page.data.records}
              keyOf={kind.keyOf}
              sort={sort}
              onSort={(next) => change({ ...keepOf(search), ...(q === "" ? {} : { q }), sort: next })}
            />
          </Paper>
          <Paging page={page.data} search={search} pageSize={PAGE_SIZE} onChange={change} />
        </>
      )}
    </Page>
  );
}

/** What stays when another query or order begins at the first page. */
function keepOf({ assets, sort }: ListSearch): ListSearch {
  return { ...(assets === undefined ? {} : { assets }), ...(sort === undefined ? {} : { sort }) };
}

function useRecords<T>(kind: SearchKind<T>, search: ListSearch) {
  const { q = "", assets = "", sort = kind.defaultSort, page = 1, after } = search;
  return useQuery({
    queryKey: [kind.id, { q, assets, sort, page, after }],
    // The box says what is wrong with it.
    enabled: checkText(q, kind.table) === undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      kind.read({
        filter: q,
        assetFilter: assets,
        sort: toSortParameter(sort),
        pageNumber: page - 1,
        cursor: after,
        signal,
      }),
  });
}

function Examples({
  examples,
  onPick,
}: {
  examples: readonly (readonly [label: string, query: string])[];
  onPick: (query: string) => void;
}) {
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        Try
      </Text>
      {examples.map(([label, query]) => (
        <Button key={label} variant="default" size="compact-xs" title={query} onClick={() => onPick(query)}>
          {label}
        </Button>
      ))}
    </Group>
  );
}
