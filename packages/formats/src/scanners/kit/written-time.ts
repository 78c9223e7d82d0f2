import { toTime, utcTime } from "./values.ts";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const CLOCK = "(\\d{1,2}):(\\d{2})(?::(\\d{2}))?(?:\\.\\d{1,9})?\\s*(AM|PM)?";
const ZONE = "(?:\\s*(?:UTC|GMT)?([+-]\\d{2}:?\\d{2})|\\s+[A-Z]{1,5})?";
/** `20 Jun 2021 09:30:00`, `04 Feb 2026 10:00AM GMT-0500`, each also behind the name of a day. */
const DAY_FIRST = new RegExp(
  `^(?:[A-Z]{3,9},?\\s+)?(\\d{1,2})[\\s-]([A-Z]{3})[A-Z]{0,6}[\\s-](\\d{4})(?:,?\\s+${CLOCK}${ZONE})?$`,
  "i",
);
/** `Feb 03, 2026 07:00 AM`. */
const MONTH_FIRST = new RegExp(`^([A-Z]{3})[A-Z]{0,6}\\s+(\\d{1,2}),?\\s+(\\d{4})(?:,?\\s+${CLOCK}${ZONE})?$`, "i");
/** `Sat Sep 13 22:35:04 CEST 2014`, as C and Java print it. */
const C_TIME = /^[A-Z]{3}\s+([A-Z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:[A-Z]{1,5}\s+)?(\d{4})$/i;
/** `20131127T050242739`. */
const COMPACT = /^(\d{4})(\d{2})(\d{2})T?(\d{2})(\d{2})(\d{2})\d{0,3}Z?$/;
const NUMBERS = new RegExp(`^(\\d{1,2})[/.-](\\d{1,2})[/.-](\\d{4})(?:,?\\s+${CLOCK})?$`, "i");

/** Which comes first in a date of numbers alone. */
export type DateOrder = "month-first" | "day-first";

/**
 * Epoch ms of a time as reports write it for people, and of all that `toTime` reads; null for anything else. Dates such as
 * 05/06/2024 are read only when the order is known. Without an offset a time is read as UTC: names of zones are ambiguous.
 */
export function toWrittenTime(value: unknown, order?: DateOrder): number | null {
  const exact = toTime(value);
  if (exact !== null || typeof value !== "string" || value.length > 60) return exact;
  const parts = toParts(value.trim(), order);
  if (!parts) return null;
  const [year, month, day, hour, minute, second, half, zone] = parts;
  const hours = half ? (Number(hour) % 12) + (half.toLowerCase() === "pm" ? 12 : 0) : Number(hour ?? 0);
  const numbers = [Number(year), Number(month), Number(day), hours, Number(minute ?? 0), Number(second ?? 0)];
  return toTime(utcTime(numbers, 0, zone ?? "Z"));
}

type Parts = (string | undefined)[];

/** Year, month, day, hour, minute, second, half of the day, offset. */
function toParts(text: string, order: DateOrder | undefined): Parts | null {
  const dayFirst = DAY_FIRST.exec(text);
  if (dayFirst) return [dayFirst[3], monthOf(dayFirst[2]), dayFirst[1], ...dayFirst.slice(4)];
  const monthFirst = MONTH_FIRST.exec(text);
  if (monthFirst) return [monthFirst[3], monthOf(monthFirst[1]), monthFirst[2], ...monthFirst.slice(4)];
  const c = C_TIME.exec(text);
  if (c) return [c[6], monthOf(c[1]), c[2], c[3], c[4], c[5]];
  const compact = COMPACT.exec(text);
  if (compact) return compact.slice(1);
  const numbers = order && NUMBERS.exec(text);
  if (!numbers) return null;
  const [month, day] = order === "month-first" ? [numbers[1], numbers[2]] : [numbers[2], numbers[1]];
  return [numbers[3], month, day, ...numbers.slice(4)];
}

/** 0 for what is no month, which no calendar has. */
function monthOf(name: string | undefined): string {
  return String(MONTHS.indexOf(name?.toLowerCase() ?? "") + 1);
}
