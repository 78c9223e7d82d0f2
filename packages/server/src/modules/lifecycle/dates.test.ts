import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDate } from "./dates.ts";

test.each([
  ["2026-01-01", "2026-01-01T00:00:00.000Z"],
  ["2026-01-01T12:30Z", "2026-01-01T12:30:00.000Z"],
  ["2026-01-01T12:30:01.5+02:00", "2026-01-01T10:30:01.500Z"],
])("%s is %s", (text, iso) => expect(new Date(parseDate(text, "eosAt")).toISOString()).toBe(iso));

test.each([
  "",
  "2026",
  "2026-02-30",
  "2026-13-01",
  "2026-01-01T25:00Z",
  "2026-01-01T00:00",
  "1969-12-31",
  "soon",
  "0000-01-01",
])("%j is refused", (text) => expect(() => parseDate(text, "eosAt")).toThrow(/^eosAt must be a date/));

test("every time that JavaScript writes is read back", () => {
  const times = fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
  fc.assert(
    fc.property(times, (time) => {
      expect(parseDate(time.toISOString(), "eosAt")).toBe(time.getTime());
    }),
  );
});
