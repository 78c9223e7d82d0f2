import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextRun, type Rhythm, toRhythm, WEEKDAYS } from "./index.ts";

const STEP = 15 * 60_000;
const DAY = 86_400_000;
/** Half hours and quarters, both hemispheres, clocks that go back by half an hour, changes at midnight, none. */
const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Africa/Cairo",
  "Asia/Beirut",
  "America/Havana",
  "Pacific/Chatham",
];

const pad = (value: number) => String(value).padStart(2, "0");

const faces = new Map<string, Intl.DateTimeFormat>(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }),
  ]),
);

/** What clocks there show, as `2026-03-29 02:30`. */
const shown = (instant: number, timeZone: string) => faces.get(timeZone)!.format(instant);

const anyRhythm: fc.Arbitrary<Exclude<Rhythm, { every: "MINUTES" }>> = fc
  .record({
    every: fc.constantFrom("DAY" as const, "WEEK" as const, "MONTH" as const),
    hour: fc.constantFrom(0, 1, 2, 3, 23),
    minute: fc.constantFrom(0, 15, 30, 45),
    timeZone: fc.constantFrom(...ZONES),
    weekdays: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    dayOfMonth: fc.integer({ min: 1, max: 31 }),
  })
  .map(({ every, hour, minute, timeZone, weekdays, dayOfMonth }) => {
    const when = { at: `${pad(hour)}:${pad(minute)}`, timeZone };
    if (every === "DAY") return { every, ...when };
    return every === "WEEK" ? { every, weekdays, ...when } : { every, dayOfMonth, ...when };
  });

function isWanted(rhythm: Exclude<Rhythm, { every: "MINUTES" }>, date: string): boolean {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  if (rhythm.every === "DAY") return true;
  if (rhythm.every === "WEEK") {
    const name = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(Date.parse(date));
    return rhythm.weekdays.some((weekday) => weekday === name.toUpperCase());
  }
  return day === Math.min(rhythm.dayOfMonth, new Date(Date.UTC(year, month, 0)).getUTCDate());
}

/**
 * Quarter by quarter, since clocks move by no less: the first that shows the time, or, on a day that skips it, when as much
 * has passed since midnight.
 */
function bruteForce(rhythm: Exclude<Rhythm, { every: "MINUTES" }>, from: number, to: number): number[] {
  const runs: number[] = [];
  const done = new Set<string>();
  let former = shown(from - STEP, rhythm.timeZone);
  for (let instant = from; instant < to; instant += STEP) {
    const now = shown(instant, rhythm.timeZone);
    // Clocks have moved from `former` to `now`: what lies between is run as much later.
    const skipped = (Date.parse(`${now}Z`) - Date.parse(`${former}Z`)) / STEP - 1;
    for (let back = Math.max(0, skipped); back >= 0; back--) {
      const label = new Date(Date.parse(`${now}Z`) - back * STEP).toISOString().slice(0, 16).replace("T", " ");
      const [date = "", time] = label.split(" ");
      if (time !== rhythm.at || done.has(date) || !isWanted(rhythm, date)) continue;
      done.add(date);
      runs.push(back === 0 ? instant : instant + (skipped - back) * STEP);
    }
    former = now;
  }
  return runs;
}

describe("a rhythm", () => {
  test("runs each of its local times exactly once, whatever clocks do", () => {
    fc.assert(
      fc.property(anyRhythm, fc.integer({ min: 0, max: 365 * 12 }), (rhythm, day) => {
        const from = Date.UTC(2015, 0, 1) + day * DAY;
        const to = from + 8 * DAY;
        const runs: number[] = [];
        for (let at = nextRun(rhythm, from - DAY); at < to; at = nextRun(rhythm, at)) if (at >= from) runs.push(at);
        expect(runs).toEqual(bruteForce(rhythm, from - DAY, to).filter((at) => at >= from));
      }),
      { numRuns: 200 },
    );
  });

  test.each([...ZONES])("a year of days in %s has as many runs as days", (timeZone) => {
    for (const at of ["00:00", "02:30", "23:45"]) {
      const rhythm = { every: "DAY", at, timeZone } as const;
      const from = nextRun(rhythm, Date.UTC(2025, 0, 1));
      const days = new Set<string>();
      let count = 0;
      for (let run = from; count < 365; run = nextRun(rhythm, run), count++)
        days.add(shown(run, timeZone).slice(0, 10));
      expect([at, days.size]).toEqual([at, 365]);
    }
  });

  test("goes over the changes of summer time as RFC 5545 says", () => {
    const rhythm = { every: "DAY", at: "02:30", timeZone: "Europe/Berlin" } as const;
    const iso = (text: string) => new Date(nextRun(rhythm, Date.parse(text))).toISOString();
    // Skipped: as much later. Twice: the first, and not the second.
    expect(iso("2026-03-28T12:00:00Z")).toBe("2026-03-29T01:30:00.000Z");
    expect(iso("2026-03-29T01:30:00Z")).toBe("2026-03-30T00:30:00.000Z");
    expect(iso("2026-10-24T12:00:00Z")).toBe("2026-10-25T00:30:00.000Z");
    expect(iso("2026-10-25T00:30:00Z")).toBe("2026-10-26T01:30:00.000Z");
  });

  test("of a month's 31st runs on the last day of each month", () => {
    const rhythm = { every: "MONTH", dayOfMonth: 31, at: "06:00", timeZone: "UTC" } as const;
    const runs: string[] = [];
    for (let at = Date.UTC(2028, 0, 1); runs.length < 4; ) {
      at = nextRun(rhythm, at);
      runs.push(new Date(at).toISOString().slice(0, 10));
    }
    expect(runs).toEqual(["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]);
  });

  test("of minutes keeps to the clock", () => {
    const rhythm = { every: "MINUTES", minutes: 15 } as const;
    expect(nextRun(rhythm, Date.UTC(2026, 0, 1, 0, 7))).toBe(Date.UTC(2026, 0, 1, 0, 15));
    expect(nextRun(rhythm, Date.UTC(2026, 0, 1, 0, 15))).toBe(Date.UTC(2026, 0, 1, 0, 30));
  });

  test.each([
    [{ every: "DAY", at: "06:30" }, /needs timeZone/],
    [{ every: "DAY", at: "6:30", timeZone: "UTC" }, /at must be/],
    [{ every: "DAY", at: "24:00", timeZone: "UTC" }, /at must be/],
    [{ every: "DAY", at: "06:30", timeZone: "Mars/Olympus" }, /timeZone/],
    [{ every: "DAY", at: "06:30", timeZone: "+02:00" }, /timeZone/],
    [{ every: "WEEK", at: "06:30", timeZone: "UTC" }, /needs weekdays/],
    [{ every: "MINUTES", minutes: 5, at: "06:30" }, /has no at/],
  ] as const)("%j is refused", (given, fault) => {
    expect(toRhythm(given)).toEqual({ fault: expect.stringMatching(fault) });
  });
});
