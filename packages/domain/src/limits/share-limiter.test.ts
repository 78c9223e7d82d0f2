import fc from "fast-check";
import { expect, test } from "vitest";
import { type Limits, partOf, ShareLimiter } from "./index.ts";

const KEY = "1 GET /x";

test("parts add up to the whole, and grow with it", () => {
  fc.assert(
    fc.property(fc.nat(5000), fc.integer({ min: 1, max: 9 }), fc.nat(99), (whole, nodes, turn) => {
      const parts = Array.from({ length: nodes }, (_, rank) => partOf(whole, { rank, nodes }, turn));
      expect(parts.reduce((sum, part) => sum + part)).toBe(whole);
      parts.forEach((part, rank) => {
        expect(partOf(whole + 1, { rank, nodes }, turn)).toBeGreaterThanOrEqual(part);
      });
    }),
  );
});

const limitsArbitrary = fc.record({
  maxConcurrent: fc.constant(100),
  maxCalls: fc.integer({ min: 0, max: 30 }),
  windowSec: fc.integer({ min: 1, max: 6 }),
});
const gapMs = fc.oneof(fc.constantFrom(0, 0, 1, 999, 1000), fc.nat(1500));

/** Calls before the loss, with the clock they came at, then calls of single nodes after it. */
function play(limits: Limits, nodes: number, before: number[], after: [number, number][]) {
  const limiters = Array.from({ length: nodes }, () => new ShareLimiter());
  const admittedAt: number[] = [];
  const windowMs = limits.windowSec * 1000;
  const usedAt = (timeMs: number) => admittedAt.filter((at) => at > timeMs - windowMs).length;
  let nowMs = 1_000_000;
  for (const gap of before) {
    nowMs += gap;
    if (usedAt(nowMs) >= limits.maxCalls) continue;
    admittedAt.push(nowMs);
    for (const limiter of limiters) {
      limiter.learn({ key: KEY, keepEntries: 100, keepMs: 10_000, times: Float64Array.of(nowMs) });
    }
  }
  const ask = (which: number, timeMs: number) => {
    const rank = which % nodes;
    return (limiters[rank] as ShareLimiter).decide(KEY, limits, { rank, nodes }, 0, timeMs);
  };
  for (const [gap, which] of after) {
    nowMs += gap;
    if (ask(which, nowMs).kind === "admitted") admittedAt.push(nowMs);
  }
  return { admittedAt, ask, nowMs, usedAt };
}

const history = fc.array(gapMs, { maxLength: 60, size: "max" });
const calls = fc.array(fc.tuple(gapMs, fc.nat(7)), { maxLength: 120, size: "max" });
const nodeCount = fc.integer({ min: 1, max: 5 });

test("all nodes together never admit more than the limit in any window across the loss of the authority", () => {
  fc.assert(
    fc.property(limitsArbitrary, nodeCount, history, calls, (limits, nodes, before, after) => {
      const { admittedAt } = play(limits, nodes, before, after);
      for (const endMs of admittedAt) {
        const inWindow = admittedAt.filter((at) => at > endMs - limits.windowSec * 1000 && at <= endMs).length;
        expect(inWindow).toBeLessThanOrEqual(limits.maxCalls);
      }
    }),
    { numRuns: 500 },
  );
});

test("one node alone admits exactly what the limit leaves, and every wait is sufficient and minimal", () => {
  fc.assert(
    fc.property(limitsArbitrary, history, calls, (limits, before, after) => {
      fc.pre(limits.maxCalls > 0);
      const { ask, nowMs, usedAt } = play(limits, 1, before, after);
      const isFull = usedAt(nowMs) >= limits.maxCalls;
      const decision = ask(0, nowMs);
      expect(decision.kind).toBe(isFull ? "blockedByRate" : "admitted");
      if (decision.kind !== "blockedByRate") return;
      const { toWaitSec } = decision;
      if (toWaitSec > 1) expect(ask(0, nowMs + (toWaitSec - 1) * 1000).kind).toBe("blockedByRate");
      expect(ask(0, nowMs + toWaitSec * 1000).kind).toBe("admitted");
    }),
    { numRuns: 500 },
  );
});

test("one slot for two nodes is one node's, another node's for another key, and nobody's twice", () => {
  const one: Limits = { maxConcurrent: 1, maxCalls: 100, windowSec: 60 };
  const keys = Array.from({ length: 20 }, (_, index) => `1 GET /x/${index}`);
  const holders = keys.map((key) => {
    const kinds = [0, 1].map((rank) => new ShareLimiter().decide(key, one, { rank, nodes: 2 }, 0, 0).kind);
    expect(kinds.toSorted()).toEqual(["admitted", "blockedByConcurrency"]);
    return kinds.indexOf("admitted");
  });
  expect(new Set(holders)).toEqual(new Set([0, 1]));
});

test("peek tells what is used and left to this node, and counts nothing", () => {
  const limits: Limits = { maxConcurrent: 9, maxCalls: 5, windowSec: 60 };
  const limiter = new ShareLimiter();
  limiter.learn({ key: KEY, keepEntries: 100, keepMs: 60_000, times: Float64Array.of(1000) });
  const node = { rank: 0, nodes: 2 };
  limiter.decide(KEY, limits, node, 0, 2000);
  const usage = { limit: 5, windowSec: 60, used: 2, remaining: 1, resetSec: 60, running: 1 };
  for (let look = 0; look < 2; look++) expect(limiter.peek(KEY, limits, node, 1, 2000)).toEqual(usage);
});

test.each([{ maxConcurrent: 1, maxCalls: Number.NaN, windowSec: 1 }])("unusable limits throw: %o", (limits) => {
  expect(() => new ShareLimiter().decide(KEY, limits, { rank: 0, nodes: 1 }, 0, 0)).toThrow(RangeError);
});
