import { SharedLimiter } from "./shared-limiter.ts";

/**
 * A node in a process of its own that calls as fast as it can, `lanes` calls at a time, and prints how it went. It waits
 * for a line on stdin before it begins, so that several begin together.
 */
export type HammerOrder = {
  url: string;
  namespace: string;
  key: string;
  limits: { maxConcurrent: number; maxCalls: number; windowSec: number };
  lanes: number;
  callsPerLane: number;
};
/** Admission times are counted per node; latencies in ms. */
export type HammerReport = { admitted: number; calls: number; elapsedMs: number; p50Ms: number; p99Ms: number };

const order: HammerOrder = JSON.parse(process.argv[2] ?? "");
const limiter = await SharedLimiter.open({ url: order.url, namespace: order.namespace });
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));

const latenciesMs: number[] = [];
let admitted = 0;
const lane = async () => {
  for (let call = 0; call < order.callsPerLane; call++) {
    const askedMs = performance.now();
    const decision = await limiter.decide(order.key, order.limits);
    latenciesMs.push(performance.now() - askedMs);
    if (decision.kind !== "admitted") continue;
    admitted++;
    await limiter.release(decision.lease);
  }
};
const startedMs = performance.now();
await Promise.all(Array.from({ length: order.lanes }, lane));
const elapsedMs = performance.now() - startedMs;
latenciesMs.sort((first, second) => first - second);
const at = (share: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * share)] ?? 0;
const report: HammerReport = { admitted, calls: latenciesMs.length, elapsedMs, p50Ms: at(0.5), p99Ms: at(0.99) };
process.stdout.write(`${JSON.stringify(report)}\n`);
await limiter.close();
process.exit();
