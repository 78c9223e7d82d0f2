import { SharedLimiter } from "./shared-limiter.ts";

/** A node in a process of its own, for tests that kill it: takes a slot, tells whether it got one, and holds it. */
const [url = "", namespace = "", leaseMs = "", key = ""] = process.argv.slice(2);
const limiter = await SharedLimiter.open({ url, namespace, leaseMs: Number(leaseMs) });
const decision = await limiter.decide(key, { maxConcurrent: 1, maxCalls: 100, windowSec: 3600 });
console.log(decision.kind);
setInterval(() => undefined, 60_000);
