import { AppError } from "@breakwater/contract";

const DATE = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * A date (its first instant in UTC) or an RFC 3339 time, in epoch ms.
 *
 * @throws AppError `invalid-parameter` naming the member
 */
export function parseDate(text: string, member: string): number {
  const day = DATE.exec(text)?.[1];
  const timeMs = Date.parse(text);
  // JavaScript reads 30 February as 2 March.
  const isDay = day !== undefined && isCalendarDay(day) && !Number.isNaN(timeMs);
  if (isDay && timeMs >= 0 && timeMs < Date.UTC(10_000, 0)) return timeMs;
  throw new AppError(
    "invalid-parameter",
    `${member} must be a date such as 2026-01-01 or a time such as 2026-01-01T00:00:00Z, 1970 to 9999`,
  );
}

function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
