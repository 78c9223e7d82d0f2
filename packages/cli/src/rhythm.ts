import { type Command, InvalidArgumentError, Option } from "commander";

/** As operations take it. */
export type RhythmBody = {
  every: "MINUTES" | "DAY" | "WEEK" | "MONTH";
  minutes?: number;
  weekdays?: Weekday[];
  dayOfMonth?: number;
  at?: string;
  timeZone?: string;
};

const WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] as const;
type Weekday = (typeof WEEKDAYS)[number];

export type RhythmFlags = {
  every?: Pick<RhythmBody, "every" | "minutes" | "weekdays" | "dayOfMonth">;
  at?: string;
  timeZone?: string;
};

/** Adds `--every`, `--at` and `--time-zone`. */
export function addRhythmOptions(command: Command, fallback: string): Command {
  return command
    .addOption(
      new Option(
        "--every <rhythm>",
        `such as 15m, day, monday,thursday or month:31 (a day that a month has not is its last); ${fallback}`,
      ).argParser(parseEvery),
    )
    .option("--at <time>", "time of day, such as 06:30; not with minutes")
    .option("--time-zone <name>", "where it is that time, such as Europe/Berlin; otherwise that of this machine");
}

/** @throws InvalidArgumentError */
export function parseEvery(text: string): NonNullable<RhythmFlags["every"]> {
  const wanted = text.trim().toUpperCase();
  const minutes = /^(\d{1,4})M(IN(UTES)?)?$/.exec(wanted)?.[1];
  if (minutes) return { every: "MINUTES", minutes: Number(minutes) };
  if (wanted === "DAY") return { every: "DAY" };
  const dayOfMonth = /^MONTH:(\d{1,2})$/.exec(wanted)?.[1];
  if (dayOfMonth) return { every: "MONTH", dayOfMonth: Number(dayOfMonth) };
  const weekdays = wanted.split(",").map((name) => WEEKDAYS.find((day) => day === name.trim()));
  if (weekdays.every((day) => day !== undefined)) return { every: "WEEK", weekdays };
  throw new InvalidArgumentError("It must be like 15m, day, monday,thursday or month:31.");
}

/** The rhythm that the flags give; undefined: none. Parts that are missing are told by the server. */
export function toRhythmBody({ every, at, timeZone }: RhythmFlags): RhythmBody | undefined {
  if (!every) return undefined;
  if (every.every === "MINUTES") return { ...every, ...(at ? { at } : {}), ...(timeZone ? { timeZone } : {}) };
  const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { ...every, ...(at ? { at } : {}), timeZone: zone };
}

/** As in `every day at 06:30 Europe/Berlin`. */
export function describeRhythm({ every, minutes, weekdays, dayOfMonth, at, timeZone }: RhythmBody): string {
  if (every === "MINUTES") return `every ${minutes} minutes`;
  const days = { DAY: "day", WEEK: weekdays?.join(", ").toLowerCase(), MONTH: `month on the ${dayOfMonth}.` }[every];
  return `every ${days} at ${at} ${timeZone}`;
}
