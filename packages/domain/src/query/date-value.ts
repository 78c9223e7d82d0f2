/** A stretch of time in epoch milliseconds, `toMs` excluded: a day for a bare date, else the smallest unit written. */
export type DateValue = { fromMs: number; toMs: number };

const dayMs = 86_400_000;

/** `now-3M` and its like: lower-case m is minutes, upper-case M months. */
const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: dayMs, w: 7 * dayMs };
const unitMonths: Readonly<Record<string, number>> = { M: 1, y: 12 };

/** Years 1 to 9999, which every date format of the product can write. */
const earliestMs = utcMs(1, 0, 1);
const latestMs = utcMs(10_000, 0, 1) - 1;

const absoluteDate =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/;
const relativeDate = /^now(?:([+-])(\d{1,6})([smhdwMy]))?$/i;

/**
 * `2026-02-28`, `2026-02-28T10:00Z`, `now`, `now-3M`. Without an offset times are UTC. Undefined for anything else,
 * including days that no calendar has.
 */
export function parseDateValue(text: string, now: Date): DateValue | undefined {
  const value = parseAbsolute(text) ?? parseRelative(text, now);
  return value !== undefined && value.fromMs >= earliestMs && value.fromMs <= latestMs ? value : undefined;
}

function parseAbsolute(text: string): DateValue | undefined {
  const match = absoluteDate.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour, minute = "", second, fraction, offset] = match;
  const midnightMs = utcMs(Number(year), Number(month) - 1, Number(day));
  const date = new Date(midnightMs);
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (hour === undefined) return { fromMs: midnightMs, toMs: midnightMs + dayMs };
  const offsetMs = parseOffsetMs(offset);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 59 || offsetMs === undefined) return undefined;
  const fractionMs = Number((fraction ?? "").slice(0, 3).padEnd(3, "0"));
  const timeMs = Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second ?? 0) * 1000 + fractionMs;
  const fromMs = midnightMs + timeMs - offsetMs;
  return { fromMs, toMs: fromMs + (second === undefined ? 60_000 : fraction === undefined ? 1000 : 1) };
}

function parseOffsetMs(offset: string | undefined): number | undefined {
  if (offset === undefined || offset.toLowerCase() === "z") return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(":", ""));
  if (hours > 23 || minutes > 59) return undefined;
  return (offset.startsWith("-") ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}

function parseRelative(text: string, now: Date): DateValue | undefined {
  const match = relativeDate.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = "0", unit = "s"] = match;
  const amount = (sign === "-" ? -1 : 1) * Number(digits);
  const fromMs = shift(now.getTime(), amount, unit);
  return fromMs === undefined ? undefined : { fromMs, toMs: fromMs + 1 };
}

function shift(fromMs: number, amount: number, unit: string): number | undefined {
  const known = unit === "M" ? unit : unit.toLowerCase();
  const months = unitMonths[known];
  if (months !== undefined) return addMonths(fromMs, amount * months);
  const length = unitMs[known];
  return length === undefined ? undefined : fromMs + amount * length;
}

/** A month before 31 March is the last day of February. */
function addMonths(fromMs: number, months: number): number {
  const date = new Date(fromMs);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(utcMs(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return date.setUTCDate(Math.min(day, lastDay));
}

/** Unlike Date.UTC, takes the years 0 to 99 as they are. */
function utcMs(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}
