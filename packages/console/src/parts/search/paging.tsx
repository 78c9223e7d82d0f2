import { Button, Group, Text } from "@mantine/core";
import { toNumber } from "../time.tsx";
import type { ListSearch } from "./list-search.ts";

/** A page of records as the API gave it. */
export type RecordPage<T> = { records: readonly T[]; count: number; next: string | undefined };

/**
 * Where in a list one is. On goes by the API's cursor where it gives one, so that nothing is missed when records come and
 * go; back goes by the number of the page.
 */
export function Paging<T>({
  page,
  search,
  pageSize,
  onChange,
}: {
  page: RecordPage<T>;
  search: ListSearch;
  pageSize: number;
  onChange: (next: ListSearch) => void;
}) {
  const { after, page: number = 1, ...rest } = search;
  const first = (number - 1) * pageSize + 1;
  const hasMore = page.next !== undefined || first + page.records.length <= page.count;
  const goTo = (to: number, cursor?: string) =>
    onChange({ ...rest, ...(to > 1 ? { page: to } : {}), ...(cursor === undefined ? {} : { after: cursor }) });
  return (
    <Group justify="space-between" component="nav" aria-label="Pages">
      <Text size="sm" c="dimmed" className="numbers">
        {page.records.length === 0
          ? "No records here"
          : `${toNumber(first)}–${toNumber(first + page.records.length - 1)} of ${toNumber(page.count)}`}
      </Text>
      <Group gap="xs">
        <Button variant="default" disabled={number <= 1} onClick={() => goTo(1)}>
          First
        </Button>
        <Button variant="default" disabled={number <= 1} onClick={() => goTo(number - 1)}>
          Previous
        </Button>
        <Button variant="default" disabled={!hasMore} onClick={() => goTo(number + 1, page.next)}>
          Next
        </Button>
      </Group>
    </Group>
  );
}
