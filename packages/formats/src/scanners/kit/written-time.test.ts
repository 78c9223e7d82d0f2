import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toWrittenTime } from "./written-time.ts";

describe("toWrittenTime", () => {
  it.each([
    ["Feb 03, 2026 07:00 AM", Date.UTC(2026, 1, 3, 7)],
    ["Feb 3, 2026 12:00 AM", Date.UTC(2026, 1, 3)],
    ["Feb 03, 2026 12:30 PM", Date.UTC(2026, 1, 3, 12, 30)],
    ["04 Feb 2026 10:00AM GMT-0500", Date.UTC(2026, 1, 4, 15)],
    ["Sun, 20 Jun 2021 09:30:00", Date.UTC(2021, 5, 20, 9, 30)],
    ["20-Jun-2021", Date.UTC(2021, 5, 20)],
    ["Sat Sep 13 22:35:04 CEST 2014", Date.UTC(2014, 8, 13, 22, 35, 4)],
    ["Mon Jul  1 11:40:48 2013", Date.UTC(2013, 6, 1, 11, 40, 48)],
    ["20131127T050242739", Date.UTC(2013, 10, 27, 5, 2, 42)],
    ["20100811T000000000", Date.UTC(2010, 7, 11)],
    ["2024-03-05 06:07", Date.UTC(2024, 2, 5, 6, 7)],
  ])("reads %s", (text, at) => {
    expect(toWrittenTime(text)).toBe(at);
  });

  it("reads dates of numbers only in an order that is known", () => {
    expect(toWrittenTime("05/06/2024 07:08:09")).toBeNull();
    expect(toWrittenTime("05/06/2024 07:08:09", "month-first")).toBe(Date.UTC(2024, 4, 6, 7, 8, 9));
    expect(toWrittenTime("05.06.2024", "day-first")).toBe(Date.UTC(2024, 5, 5));
    expect(toWrittenTime("13/06/2024", "month-first")).toBeNull();
  });

  it.each([
    "",
    "never",
    "Feb 30, 2026 07:00 AM",
    "Foo 03, 2026",
    "99999999T000000000",
    "Jan 01, 9999 00:00 AM",
    "Jan 1",
  ])("reads no time in '%s'", (text) => {
    expect(toWrittenTime(text)).toBeNull();
  });

  it("gives a time or nothing for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0129/:-. ,JanFebTZAPM+") }), (text) => {
        const at = toWrittenTime(text, "month-first");
        expect(at === null || Number.isInteger(at)).toBe(true);
      }),
    );
  });
});
