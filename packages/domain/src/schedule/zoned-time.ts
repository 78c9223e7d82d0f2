/** A day of the calendar; `month` from 1. */
export type CalendarDay = { year: number; month: number; day: number };

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether it is the name of a time zone that this machine knows, such as `Europe/Berlin` or `UTC`; bare offsets are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The day that it is there at that instant (epoch ms). */
export function dayAt(instantMs: number, timeZone: string): CalendarDay {
  const local = new Date(instantMs + offsetAt(instantMs, timeZone));
  return { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() };
}

/**
 * The instant (epoch ms) at which clocks there show that time of that day. Where they skip it, as much later as they skip;
 * where they show it twice, the first: as RFC 5545 has it.
 *
 * @param minutes since midnight
 */
export function toInstant({ year, month, day }: CalendarDay, minutes: number, timeZone: string): number {
  const local = Date.UTC(year, month - 1, day) + minutes * 60_000;
  // No zone is more than a day off, and none changes its offset twice within two days.
  const before = offsetAt(local - DAY_MS, timeZone);
  const after = offsetAt(local + DAY_MS, timeZone);
  const shown = [local - before, local - after].filter((instant) => instant + offsetAt(instant, timeZone) === local);
  return shown.length > 0 ? Math.min(...shown) : local - before;
}

/** Milliseconds that clocks there are ahead of UTC. */
function offsetAt(instantMs: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(instantMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instantMs / 1000) * 1000;
}

/** @throws RangeError when there is no such zone */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    const digits = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
    const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone, calendar: "gregory", ...digits, ...time });
    formats.set(timeZone, format);
  }
  return format;
}
