import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Decision, ExactLimiter, type Lease, type Limits, SERVICE_LEVELS } from "./index.ts";
import { LimiterOracle } from "./limiter-oracle.ts";

const LEASE_MS = 4000;
// Larger than the first ring of the log, so that growing and forgetting are met.
const HISTORY = { historyEntries: 20, historyMs: 8000 };

type Step =
  | { do: "call"; key: string }
  | { do: "release"; pick: number }
  | { do: "renew"; pick: number }
  | { do: "clock"; byMs: number }
  | { do: "limits"; limits: Limits };

const limitsArbitrary = fc.record({
  maxConcurrent: fc.integer({ min: 0, max: 4 }),
  maxCalls: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 5, max: HISTORY.historyEntries })),
  windowSec: fc.integer({ min: 1, max: HISTORY.historyMs / 1000 }),
});

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("call" as const), key: fc.constantFrom("a", "b") }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("release" as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("renew" as const), pick: fc.nat(20) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("clock" as const),
      byMs: fc.oneof(
        fc.integer({ min: 0, max: 1500 }),
        fc.constantFrom(0, 1, 999, 1000, 1001, 4000, 8000),
        fc.integer({ min: -5000, max: -1 }),
        fc.double({ min: 0, max: 3, noNaN: true }),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("limits" as const), limits: limitsArbitrary }) },
);

/** Everything a decision says that the oracle can know. */
function plain(decision: Decision): unknown {
  if (decision.kind !== "admitted") return decision;
  const { lease, ...rest } = decision;
  return { ...rest, deadlineMs: lease.deadlineMs };
}

describe("against a brute-force oracle", () => {
  test("every decision, remaining, wait, release and renewal agrees, whatever the calls, clock and limits", () => {
    fc.assert(
      fc.property(limitsArbitrary, fc.array(stepArbitrary, { maxLength: 120, size: "max" }), (first, steps) => {
        const limiter = new ExactLimiter({ leaseMs: LEASE_MS, ...HISTORY });
        const oracle = new LimiterOracle(LEASE_MS);
        const leases: Lease[] = [];
        let limits = first;
        let nowMs = 1_000_000;
        for (const step of steps) {
          if (step.do === "clock") nowMs += step.byMs;
          else if (step.do === "limits") limits = step.limits;
          else if (step.do === "call") {
            const decision = limiter.decide(step.key, limits, nowMs);
            expect(plain(decision)).toEqual(oracle.decide(step.key, limits, nowMs, decision));
            if (decision.kind === "admitted") leases.push(decision.lease);
          } else {
            const lease = leases[step.pick % Math.max(1, leases.length)];
            if (lease === undefined) continue;
            if (step.do === "release") expect(limiter.release(lease, nowMs)).toBe(oracle.release(lease.id, nowMs));
            else expect(limiter.renew(lease, nowMs)?.deadlineMs).toBe(oracle.renew(lease.id, nowMs));
          }
          for (const key of ["a", "b"]) {
            expect(limiter.running(key, nowMs)).toBe(oracle.running(key, nowMs));
            expect(limiter.peek(key, limits, nowMs)).toMatchObject(oracle.peek(key, limits, nowMs));
          }
        }
      }),
      { numRuns: 800 },
    );
  });

  test("no interval (t - W, t] ever holds more than L admitted calls", () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: -2000, max: 2000 }), fc.constantFrom(0, 1, 2999, 3000)), {
      minLength: 50,
      size: "max",
      maxLength: 400,
    });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 40 }), (byMs, maxCalls) => {
        const limiter = new ExactLimiter({ historyEntries: 1, historyMs: 1 });
        const limits = { maxConcurrent: 1000, maxCalls, windowSec: 3 };
        const admittedAt: number[] = [];
        let clockMs = 0;
        let timeMs = Number.NEGATIVE_INFINITY;
        for (const gap of byMs) {
          clockMs += gap;
          timeMs = Math.max(timeMs, clockMs);
          if (limiter.decide("k", limits, clockMs).kind === "admitted") admittedAt.push(timeMs);
        }
        for (const endMs of admittedAt) {
          const inWindow = admittedAt.filter((at) => at > endMs - 3000 && at <= endMs).length;
          expect(inWindow).toBeLessThanOrEqual(maxCalls);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("every wait is sufficient and minimal: admitted after it, still blocked a second earlier", () => {
    const calls = fc.array(fc.integer({ min: 0, max: 2500 }), { minLength: 1, maxLength: 60, size: "max" });
    fc.assert(
      fc.property(calls, limitsArbitrary, fc.integer({ min: -3000, max: 0 }), (gaps, { maxCalls, windowSec }, back) => {
        fc.pre(maxCalls > 0);
        const limits = { maxConcurrent: 1000, maxCalls, windowSec };
        const replay = () => {
          const limiter = new ExactLimiter({ leaseMs: 1e9 });
          let nowMs = 0;
          for (const gap of gaps) {
            nowMs += gap;
            limiter.decide("k", limits, nowMs);
          }
          return { limiter, nowMs: nowMs + back };
        };
        const { limiter, nowMs } = replay();
        const decision = limiter.decide("k", limits, nowMs);
        fc.pre(decision.kind === "blockedByRate");
        const { toWaitSec } = decision;
        expect(toWaitSec).toBeGreaterThanOrEqual(1);
        const early = limiter.decide("k", limits, nowMs + (toWaitSec - 1) * 1000);
        expect(early.kind).toBe("blockedByRate");
        expect(limiter.decide("k", limits, nowMs + toWaitSec * 1000).kind).toBe("admitted");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the rolling window", () => {
  const limits = { maxConcurrent: 1000, maxCalls: 300, windowSec: 3600 };

  function callAt(limiter: ExactLimiter, nowMs: number): Decision {
    return limiter.decide("k", limits, nowMs);
  }

  test("is none of fixed window, two counters or GCRA: 300 late calls leave no room for 300 early ones", () => {
    const limiter = new ExactLimiter();
    for (let call = 0; call < 300; call++) expect(callAt(limiter, 3_599_000 + call).kind).toBe("admitted");
    expect(callAt(limiter, 3_600_000)).toMatchObject({ kind: "blockedByRate", toWaitSec: 3599 });
    expect(callAt(limiter, 7_198_999).kind).toBe("blockedByRate");
    expect(callAt(limiter, 7_199_000).kind).toBe("admitted");
    expect(callAt(limiter, 7_199_000)).toMatchObject({ kind: "blockedByRate", toWaitSec: 1 });
  });

  test("does not count blocked calls", () => {
    const limiter = new ExactLimiter();
    for (let call = 0; call < 1000; call++) callAt(limiter, call);
    expect(callAt(limiter, 3_600_000)).toMatchObject({ kind: "admitted", remaining: 0 });
  });

  test("keeps the counters of subscriptions and APIs apart", () => {
    const limiter = new ExactLimiter();
    const one = { maxConcurrent: 5, maxCalls: 1, windowSec: 60 };
    for (const key of ["1 GET /a", "1 GET /b", "2 GET /a"]) expect(limiter.decide(key, one, 0).kind).toBe("admitted");
    expect(limiter.decide("1 GET /a", one, 0).kind).toBe("blockedByRate");
  });

  test("sees a whole day of Premium use the moment the level becomes Express", () => {
    const limiter = new ExactLimiter();
    for (let call = 0; call < 6000; call++) {
      const decision = limiter.decide("k", SERVICE_LEVELS.Premium, call * 10_000);
      if (decision.kind === "admitted") limiter.release(decision.lease, call * 10_000);
    }
    // The fiftieth newest call was number 5950, at 59,500 s; it leaves the window of a day 86,400 s later.
    const blocked = limiter.decide("k", SERVICE_LEVELS.Express, 60_000_000);
    expect(blocked).toMatchObject({ kind: "blockedByRate", toWaitSec: 59_500 + 86_400 - 60_000 });
  });

  test("counts rightly after a burst that was forgotten whole", () => {
    const limiter = new ExactLimiter({ historyMs: 60_000 });
    const burst = { maxConcurrent: 1000, maxCalls: 16, windowSec: 60 };
    for (let round = 0; round < 5; round++) {
      const startMs = round * 60_000;
      for (let call = 0; call < 16; call++) {
        expect(limiter.decide("k", burst, startMs)).toMatchObject({ kind: "admitted", remaining: 15 - call });
      }
      expect(limiter.decide("k", burst, startMs + 59_999).kind).toBe("blockedByRate");
    }
  });

  test("finds its calls again after a limit far above the history was lowered and raised", () => {
    const limiter = new ExactLimiter({ historyEntries: 2 });
    const high = { maxConcurrent: 9999, maxCalls: 500, windowSec: 60 };
    for (let call = 0; call < 500; call++) limiter.decide("k", high, call);
    expect(limiter.decide("k", { ...high, maxCalls: 1, windowSec: 1 }, 5000).kind).toBe("admitted");
    expect(limiter.decide("k", high, 5000)).toMatchObject({ kind: "blockedByRate", toWaitSec: 56 });
  });
});

describe("leases", () => {
  const two = { maxConcurrent: 2, maxCalls: 1000, windowSec: 60 };

  test("expire each at its own deadline, and a late release frees nobody else's slot", () => {
    const limiter = new ExactLimiter({ leaseMs: 4000 });
    const first = limiter.decide("k", two, 0);
    limiter.decide("k", two, 1000);
    expect(limiter.decide("k", two, 3999)).toMatchObject({ kind: "blockedByConcurrency", running: 2 });
    expect(limiter.running("k", 4000)).toBe(1);
    expect(limiter.running("k", 4999)).toBe(1);
    expect(limiter.running("k", 5000)).toBe(0);
    limiter.decide("k", two, 5000);
    expect(first.kind === "admitted" && limiter.release(first.lease, 5000)).toBe(false);
    expect(limiter.running("k", 5000)).toBe(1);
  });

  test("are checked before the rate, and a call they block is not counted", () => {
    const limiter = new ExactLimiter();
    const one = { maxConcurrent: 1, maxCalls: 1, windowSec: 60 };
    const first = limiter.decide("k", one, 0);
    expect(limiter.decide("k", one, 1)).toMatchObject({ kind: "blockedByConcurrency", remaining: 0 });
    if (first.kind === "admitted") limiter.release(first.lease, 2);
    expect(limiter.decide("k", one, 59_999)).toMatchObject({ kind: "blockedByRate", toWaitSec: 1 });
    expect(limiter.decide("k", one, 60_000).kind).toBe("admitted");
  });
});

test("histories of one key in any order and pieces are put together to one in order", () => {
  const pieces = fc.array(fc.array(fc.nat(1000), { maxLength: 8 }), { maxLength: 8 });
  fc.assert(
    fc.property(pieces, (told) => {
      const limiter = new ExactLimiter();
      for (const times of told) {
        limiter.restore({ key: "k", keepEntries: 100, keepMs: 1e6, times: Float64Array.from(times).sort() });
      }
      const known = [...limiter.histories()].flatMap(({ times }) => [...times]);
      expect(known).toEqual(told.flat().toSorted((first, second) => first - second));
    }),
  );
});

describe("misuse", () => {
  test.each([
    [{ maxConcurrent: 1, maxCalls: Number.NaN, windowSec: 1 }, 0],
    [{ maxConcurrent: 1, maxCalls: Number.POSITIVE_INFINITY, windowSec: 1 }, 0],
    [{ maxConcurrent: 1, maxCalls: 1, windowSec: 0 }, 0],
    [{ maxConcurrent: 1, maxCalls: 1, windowSec: 1 }, Number.NaN],
    [{ maxConcurrent: 1, maxCalls: 1, windowSec: 1 }, Number.POSITIVE_INFINITY],
  ])("never means unlimited: %o at %d throws", (limits, nowMs) => {
    expect(() => new ExactLimiter().decide("k", limits, nowMs)).toThrow(RangeError);
  });

  test("a lease of another limiter or counter gives nothing back", () => {
    const limiter = new ExactLimiter();
    limiter.decide("k", SERVICE_LEVELS.Express, 0);
    expect(limiter.release({ key: "k", id: 99, deadlineMs: 1e12 }, 0)).toBe(false);
    expect(limiter.release({ key: "other", id: 1, deadlineMs: 1e12 }, 0)).toBe(false);
    expect(limiter.decide("k", SERVICE_LEVELS.Express, 0).kind).toBe("blockedByConcurrency");
  });
});

describe("memory", () => {
  test("counters whose calls are forgotten go as new ones come; those with a running call or a live window stay", () => {
    const limiter = new ExactLimiter({ historyMs: 1000, leaseMs: 1e9 });
    const limits = { maxConcurrent: 1, maxCalls: 1, windowSec: 1 };
    limiter.decide("held", limits, 0);
    limiter.decide("windowed", { ...limits, windowSec: 86_400 }, 0);
    for (let index = 0; index < 20_000; index++) {
      const decision = limiter.decide(`key ${index}`, limits, index * 10);
      if (decision.kind === "admitted") limiter.release(decision.lease, index * 10);
    }
    expect(limiter.counterCount).toBeLessThan(1000);
    expect(limiter.running("held", 200_000)).toBe(1);
    expect(limiter.decide("windowed", { ...limits, maxConcurrent: 2, windowSec: 86_400 }, 200_000).kind).toBe(
      "blockedByRate",
    );
  });
});
