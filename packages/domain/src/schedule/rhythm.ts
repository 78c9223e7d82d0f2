import { type CalendarDay, dayAt, isTimeZone, toInstant } from "./zoned-time.ts";

export const WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * How often something happens: every so many minutes, or at a time of day in a time zone.
 *
 * @example { every: "WEEK", weekdays: ["MONDAY"], at: "06:30", timeZone: "Europe/Berlin" }
 */
export type Rhythm =
  | { every: "MINUTES"; minutes: number }
  | { every: "DAY"; at: string; timeZone: string }
  | { every: "WEEK"; weekdays: readonly Weekday[]; at: string; timeZone: string }
  /** A day that a month has not is its last. */
  | { every: "MONTH"; dayOfMonth: number; at: string; timeZone: string };

/** Members of a rhythm as somebody sent them, each of the right type by itself. */
export type GivenRhythm = {
  every: Rhythm["every"];
  minutes?: number;
  weekdays?: readonly Weekday[];
  dayOfMonth?: number;
  at?: string;
  timeZone?: string;
};

const MEMBERS: Readonly<Record<Rhythm["every"], readonly (keyof GivenRhythm)[]>> = {
  MINUTES: ["minutes"],
  DAY: ["at", "timeZone"],
  WEEK: ["weekdays", "at", "timeZone"],
  MONTH: ["dayOfMonth", "at", "timeZone"],
};

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;
/** The longest that two occurrences can be apart is a month; a zone that skips a day may cost one. */
const MAX_DAYS = 70;
const DAY_MS = 86_400_000;

/** The rhythm that these members are, or what is wrong with them, to follow the name of the member in a sentence. */
export function toRhythm(given: GivenRhythm): { rhythm: Rhythm } | { fault: string } {
  const { every } = given;
  const wanted = MEMBERS[every];
  const missing = wanted.find((member) => given[member] === undefined);
  if (missing) return { fault: `every ${every} needs ${missing}` };
  const all = Object.keys(given) as (keyof GivenRhythm)[];
  const odd = all.find((member) => member !== "every" && given[member] !== undefined && !wanted.includes(member));
  if (odd) return { fault: `every ${every} has no ${odd}` };
  if (given.at !== undefined && !TIME_OF_DAY.test(given.at)) return { fault: `at must be a time such as 06:30` };
  if (given.timeZone !== undefined && !isTimeZone(given.timeZone)) {
    return { fault: `timeZone must be the name of a time zone such as Europe/Berlin` };
  }
  const members = wanted.map((member) => [member, given[member]]);
  return { rhythm: { every, ...Object.fromEntries(members) } as Rhythm };
}

/** The first instant (epoch ms) of the rhythm after another: never that one itself. */
export function nextRun(rhythm: Rhythm, afterMs: number): number {
  if (rhythm.every === "MINUTES") {
    const period = rhythm.minutes * 60_000;
    return (Math.floor(afterMs / period) + 1) * period;
  }
  const [hour = 0, minute = 0] = rhythm.at.split(":").map(Number);
  const today = dayAt(afterMs, rhythm.timeZone);
  // From the day before: what its clocks skipped may lie after midnight.
  for (let ahead = -1; ahead <= MAX_DAYS; ahead++) {
    const day = addDays(today, ahead);
    if (!isOn(rhythm, day)) continue;
    const instant = toInstant(day, hour * 60 + minute, rhythm.timeZone);
    if (instant > afterMs) return instant;
  }
  throw new Error(`no next run of ${JSON.stringify(rhythm)}`);
}

function isOn(rhythm: Exclude<Rhythm, { every: "MINUTES" }>, { year, month, day }: CalendarDay): boolean {
  switch (rhythm.every) {
    case "DAY":
      return true;
    case "WEEK": {
      const fromSunday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
      return rhythm.weekdays.includes(WEEKDAYS[(fromSunday + 6) % 7] as Weekday);
    }
    case "MONTH": {
      const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
      return day === Math.min(rhythm.dayOfMonth, last);
    }
  }
}

function addDays({ year, month, day }: CalendarDay, days: number): CalendarDay {
  const date = new Date(Date.UTC(year, month - 1, day) + days * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
