import { expect, test } from "vitest";
import { type Decision, ExactLimiter, type Lease, limitHeaders, SERVICE_LEVELS } from "./index.ts";

const lease: Lease = { key: "1 GET /x", id: 1, deadlineMs: 0 };

function lines(decision: Decision): string[] {
  return limitHeaders(decision).map(([name, value]) => `${name}: ${value}`);
}

test("an admitted call carries the three headers of the printed sample, in its order, and the IETF fields", () => {
  const decision = { kind: "admitted", limit: 300, windowSec: 3600, remaining: 290, resetSec: 12, lease } as const;
  expect(lines(decision)).toEqual([
    "X-RateLimit-Remaining: 290",
    "X-RateLimit-Window-Sec: 3600",
    "X-RateLimit-Limit: 300",
    'RateLimit-Policy: "hour";q=300;w=3600',
    'RateLimit: "hour";r=290;t=12',
  ]);
});

test("a call blocked by the rate carries the four headers of the printed sample and Retry-After", () => {
  const block = { limit: 300, windowSec: 3600, remaining: 0, resetSec: 2050, toWaitSec: 2050 } as const;
  expect(lines({ kind: "blockedByRate", ...block })).toEqual([
    "X-RateLimit-Remaining: 0",
    "X-RateLimit-ToWait-Sec: 2050",
    "X-RateLimit-Window-Sec: 3600",
    "X-RateLimit-Limit: 300",
    "Retry-After: 2050",
    'RateLimit-Policy: "hour";q=300;w=3600',
    'RateLimit: "hour";r=0;t=2050',
  ]);
});

test("a call blocked by concurrency names limit and running calls, asks for one second and has no ToWait", () => {
  const block = { limit: 300, windowSec: 3600, remaining: 298, resetSec: 3599, running: 2, maxConcurrent: 2 } as const;
  expect(lines({ kind: "blockedByConcurrency", ...block })).toEqual([
    "X-RateLimit-Remaining: 298",
    "X-RateLimit-Window-Sec: 3600",
    "X-RateLimit-Limit: 300",
    "X-Concurrency-Limit-Limit: 2",
    "X-Concurrency-Limit-Running: 2",
    "Retry-After: 1",
    'RateLimit-Policy: "hour";q=300;w=3600',
    'RateLimit: "hour";r=298;t=3599',
  ]);
});

test("a window without a name of its own is named by its seconds, and an unused quota has no reset", () => {
  const idle = { limit: 5, windowSec: 90, remaining: 5, resetSec: 0, running: 1, maxConcurrent: 1 } as const;
  expect(lines({ kind: "blockedByConcurrency", ...idle }).slice(-2)).toEqual([
    'RateLimit-Policy: "90s";q=5;w=90',
    'RateLimit: "90s";r=5',
  ]);
});

test("the headers of a real sequence count from 299 down and tell the wait of call 301", () => {
  const limiter = new ExactLimiter();
  const remaining: string[] = [];
  for (let call = 0; call < 300; call++) {
    const decision = limiter.decide("k", SERVICE_LEVELS.Standard, call * 1000);
    if (decision.kind === "admitted") limiter.release(decision.lease, call * 1000);
    remaining.push(Object.fromEntries(limitHeaders(decision))["X-RateLimit-Remaining"] ?? "none");
  }
  expect(remaining).toEqual(Array.from({ length: 300 }, (_, call) => String(299 - call)));
  const blocked = limiter.decide("k", SERVICE_LEVELS.Standard, 1_549_001);
  expect(Object.fromEntries(limitHeaders(blocked))).toMatchObject({
    "X-RateLimit-Remaining": "0",
    "X-RateLimit-ToWait-Sec": "2051",
    "Retry-After": "2051",
  });
});
