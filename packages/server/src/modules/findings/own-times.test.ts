import type { FindingRecord } from "@breakwater/formats/records";
import fc from "fast-check";
import { expect, test } from "vitest";
import { joinOwnTimes, readOwnTimes } from "./own-times.ts";

const AT = Date.UTC(2026, 1, 4, 15);
const DAY = 86_400_000;
const read = (dates: Partial<FindingRecord>, at = AT) =>
  readOwnTimes(
    { assetRef: "a", checkId: "1", port: null, protocol: null, instance: null, evidence: "", where: "", ...dates },
    at,
  );
const date = fc.oneof(
  fc.integer({ min: AT - 20 * DAY, max: AT + 5 * DAY }),
  fc.constantFrom(0, -1, Date.UTC(1989, 11, 31), Date.UTC(1990, 0, 1), AT, AT + DAY, AT + DAY + 1, 8.64e15),
);
const dates = fc.record(
  {
    firstSeenAt: date,
    lastSeenAt: date,
    fixedAt: date,
    state: fc.constantFrom("fixed" as const, "mitigated" as const),
  },
  { requiredKeys: [] },
);

test("a record's own dates count, and what one that tells less leaves open follows from the others", () => {
  const [first, last, fixed] = [AT - 3 * DAY, AT - 2 * DAY, AT - DAY];
  const cases: [Partial<FindingRecord>, ReturnType<typeof read>["times"]][] = [
    [{}, undefined],
    [
      { firstSeenAt: first, lastSeenAt: last },
      { first, last, fixed: null },
    ],
    [{ firstSeenAt: first }, { first, last: null, fixed: null }],
    [{ lastSeenAt: last }, { first: last, last, fixed: null }],
    [
      { state: "fixed", firstSeenAt: first, fixedAt: fixed },
      { first, last: fixed, fixed },
    ],
    // Only of what is fixed: one that is back tells when it was fixed before.
    [
      { firstSeenAt: first, fixedAt: fixed },
      { first, last: null, fixed: null },
    ],
    // A list of vulnerabilities tells when it looked last.
    [
      { state: "fixed", firstSeenAt: first, lastSeenAt: fixed, fixedAt: last },
      { first, last: fixed, fixed: last },
    ],
  ];
  for (const [record, times] of cases) expect(read(record)).toEqual({ times, absurd: [] });
});

test("absurd dates are named and left out, and what clocks differ by is the run's time", () => {
  const cases: [Partial<FindingRecord>, ReturnType<typeof read>][] = [
    [{ lastSeenAt: AT + DAY }, { times: undefined, absurd: [] }],
    [{ lastSeenAt: AT + DAY + 1 }, { times: undefined, absurd: ["last found"] }],
    [{ firstSeenAt: 0 }, { times: undefined, absurd: ["first found"] }],
    [
      { firstSeenAt: 0, lastSeenAt: AT - 1 },
      { times: { first: AT - 1, last: AT - 1, fixed: null }, absurd: ["first found"] },
    ],
    [
      { firstSeenAt: AT, lastSeenAt: AT - 1 },
      { times: undefined, absurd: ["first found", "last found"] },
    ],
    [
      { state: "fixed", firstSeenAt: AT - 1, fixedAt: AT - 2 },
      { times: { first: AT - 1, last: null, fixed: null }, absurd: ["fixed"] },
    ],
  ];
  for (const [record, expected] of cases) expect(read(record)).toEqual(expected);
});

test("whatever a record tells, what counts lies between 1990 and the run, the first not after the rest", () => {
  fc.assert(
    fc.property(dates, (record) => {
      const { times, absurd } = read(record);
      const told = [record.firstSeenAt, record.lastSeenAt, record.state === "fixed" ? record.fixedAt : undefined];
      for (const one of Object.values(times ?? {})) {
        if (one === null) continue;
        expect(one).toBeGreaterThanOrEqual(Date.UTC(1990, 0, 1));
        expect(one).toBeLessThanOrEqual(AT);
        expect(one).toBeGreaterThanOrEqual(times!.first!);
        expect(told).toContain(one);
      }
      if (!times && absurd.length === 0) for (const one of told) expect(one ?? AT).toBeGreaterThanOrEqual(AT);
    }),
  );
});

test("records of one run that tell the same are joined in any order", () => {
  const own = dates.map((record) => read(record).times);
  fc.assert(
    fc.property(own, own, own, (a, b, c) => {
      expect(joinOwnTimes(a, b)).toEqual(joinOwnTimes(b, a));
      expect(joinOwnTimes(joinOwnTimes(a, b), c)).toEqual(joinOwnTimes(a, joinOwnTimes(b, c)));
    }),
  );
});
