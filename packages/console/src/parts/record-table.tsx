import type { ReactNode } from "react";

/** One column: what it shows, and by which token of the query the server sorts it. */
export type Column<T> = {
  label: string;
  sortBy?: string;
  isRight?: boolean;
  /** Takes the room that the others leave, and breaks long words. */
  isWide?: boolean;
  render: (record: T) => ReactNode;
};

/** The first key of an order, as the address has it: `finding.qds:desc`. */
export type SortMark = { token: string; isDescending: boolean };

export function readSortMark(sort: string): SortMark | undefined {
  const [token, direction] = (sort.split(",")[0] ?? "").split(":");
  return token ? { token, isDescending: direction === "desc" } : undefined;
}

/** A dense table of records; sorting is the server's, so it holds for all pages. */
export function RecordTable<T>({
  label,
  columns,
  records,
  keyOf,
  sort,
  onSort,
}: {
  label: string;
  columns: readonly Column<T>[];
  records: readonly T[];
  keyOf: (record: T) => string;
  sort?: string;
  onSort?: (sort: string) => void;
}) {
  const mark = readSortMark(sort ?? "");
  return (
    <table className="records" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.label} column={column} mark={mark} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <tr key={keyOf(record)}>
            {columns.map(({ label: name, isRight, isWide, render }) => (
              <td key={name} className={isRight ? "right" : isWide ? "wide" : undefined}>
                {render(record)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Head<T>({
  column,
  mark,
  onSort,
}: {
  column: Column<T>;
  mark: SortMark | undefined;
  onSort: ((sort: string) => void) | undefined;
}) {
  const { label, sortBy, isRight } = column;
  const className = isRight ? "right" : undefined;
  if (sortBy === undefined || onSort === undefined) {
    return (
      <th scope="col" className={className}>
        {label}
      </th>
    );
  }
  const isSorted = mark?.token === sortBy;
  const next = `${sortBy}:${isSorted && mark.isDescending ? "asc" : "desc"}`;
  return (
    <th
      scope="col"
      className={className}
      aria-sort={isSorted ? (mark.isDescending ? "descending" : "ascending") : "none"}
    >
      <button type="button" onClick={() => onSort(next)}>
        {label} {isSorted ? (mark.isDescending ? "↓" : "↑") : ""}
      </button>
    </th>
  );
}
