import { Tooltip } from "@mantine/core";

const DAY = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "2-digit" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const NUMBER = new Intl.NumberFormat();

/** Grouped by the reader's habit: 19,788. */
export function toNumber(value: number): string {
  return NUMBER.format(value);
}

/**
 * A day in the reader's own zone; the moment, also in UTC as queries have it, when pointed at.
 *
 * @param props.at epoch ms, or ISO 8601; null: nothing is shown
 * @param props.isExact with the time of day
 */
export function Time({ at, isExact = false }: { at: number | string | null | undefined; isExact?: boolean }) {
  if (at === null || at === undefined) return <span aria-hidden="true">–</span>;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{String(at)}</span>;
  return (
    <Tooltip label={`${MOMENT.format(date)} (${date.toISOString()})`}>
      <time className="numbers" dateTime={date.toISOString()} style={{ whiteSpace: "nowrap" }}>
        {isExact ? MOMENT.format(date) : DAY.format(date)}
      </time>
    </Tooltip>
  );
}
