import { writeSync } from "node:fs";
import { createMemoryLimiter } from "./memory-limiter.ts";

/**
 * The process that the kill test kills: it calls in one synchronous loop, so that the kill can only strike in the
 * middle of a decision, and tells each admission after it was decided.
 */
const path = process.argv[2];
if (path === undefined) throw new Error("usage: kill-victim.fixture.ts JOURNAL");
const limiter = createMemoryLimiter({ clock: () => 1_000_000, journal: { path } });
const limits = { maxConcurrent: 1, maxCalls: 1_000_000, windowSec: 3600 };
const line = Buffer.from(".");
for (;;) {
  const decision = limiter.decide("k", limits);
  if (decision.kind !== "admitted") break;
  writeSync(1, line);
  limiter.release(decision.lease);
}
