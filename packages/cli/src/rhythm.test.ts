import { expect, test } from "vitest";
import { describeRhythm, parseEvery, toRhythmBody } from "./rhythm.ts";

test.each([
  ["15m", { every: "MINUTES", minutes: 15 }, "every 15 minutes"],
  ["90 ", undefined, undefined],
  ["day", { every: "DAY", at: "06:30", timeZone: "UTC" }, "every day at 06:30 UTC"],
  [
    "Monday, thursday",
    { every: "WEEK", weekdays: ["MONDAY", "THURSDAY"], at: "06:30", timeZone: "UTC" },
    "every monday, thursday at 06:30 UTC",
  ],
  ["month:31", { every: "MONTH", dayOfMonth: 31, at: "06:30", timeZone: "UTC" }, "every month on the 31. at 06:30 UTC"],
  ["someday", undefined, undefined],
  ["month", undefined, undefined],
])("--every %j is %j", (text, body, words) => {
  if (!body) {
    expect(() => parseEvery(text)).toThrow("It must be like");
    return;
  }
  const every = parseEvery(text);
  const rhythm = toRhythmBody(every.every === "MINUTES" ? { every } : { every, at: "06:30", timeZone: "UTC" })!;
  expect([rhythm, describeRhythm(rhythm)]).toEqual([body, words]);
});

test("a time of day is one of this machine's zone, unless told", () => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  expect(toRhythmBody({ every: { every: "DAY" }, at: "06:30" })).toEqual({ every: "DAY", at: "06:30", timeZone });
  expect(toRhythmBody({ at: "06:30" })).toBeUndefined();
});
