import type { Logger } from "pino";
import { collectDefaultMetrics, type Metric, Registry } from "prom-client";
import type { Exchange } from "../exchange.ts";

/** Step 11, when the answer is over: two metrics and a log line per request. */
export type Observer = { observe(exchange: Exchange): void; registry: Registry };

const BUCKETS_SEC = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

/**
 * What is counted of one operation. Plain numbers, put into the library's form when somebody asks for the metrics: its own
 * counters and histograms cost 4 µs per request, a tenth of a small request's whole cost.
 */
type Tally = { answers: Map<number, number>; buckets: number[]; sumSec: number; count: number };

export function createObserver(log: Logger, clock: () => number): Observer {
  const tallies = new Map<string, Tally>();
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registry.registerMetric(asMetric(() => toRequestCounter(tallies)));
  registry.registerMetric(asMetric(() => toDurationHistogram(tallies)));
  const observe = (exchange: Exchange) => {
    const operation = exchange.route?.operation.id ?? "other";
    const status = exchange.out.statusCode;
    const tookMs = clock() - exchange.startedAt;
    count(tallies, operation, status, tookMs / 1000);
    if (!log.isLevelEnabled("debug")) return;
    const user = exchange.caller?.username;
    log.debug({ requestId: exchange.id, operation, status, tookMs, user, address: exchange.address }, "answered");
  };
  return { observe, registry };
}

function count(tallies: Map<string, Tally>, operation: string, status: number, tookSec: number): void {
  let tally = tallies.get(operation);
  if (!tally) {
    tally = { answers: new Map(), buckets: BUCKETS_SEC.map(() => 0), sumSec: 0, count: 0 };
    tallies.set(operation, tally);
  }
  tally.answers.set(status, (tally.answers.get(status) ?? 0) + 1);
  const bucket = BUCKETS_SEC.findIndex((limit) => tookSec <= limit);
  if (bucket >= 0) tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + 1;
  tally.sumSec += tookSec;
  tally.count += 1;
}

type Snapshot = { name: string; help: string; type: string; aggregator: string; values: unknown[] };

/** The registry asks a metric for its name and its present values, and for nothing else. */
function asMetric(take: () => Snapshot): Metric {
  return { name: take().name, get: async () => take(), reset: () => undefined } as unknown as Metric;
}

function toRequestCounter(tallies: ReadonlyMap<string, Tally>): Snapshot {
  const values = [...tallies].flatMap(([operation, { answers }]) =>
    [...answers].map(([status, value]) => ({ labels: { operation, status: String(status) }, value })),
  );
  return {
    name: "breakwater_http_requests_total",
    help: "Requests by operation and status",
    type: "counter",
    aggregator: "sum",
    values,
  };
}

function toDurationHistogram(tallies: ReadonlyMap<string, Tally>): Snapshot {
  const name = "breakwater_http_request_duration_seconds";
  const values = [...tallies].flatMap(([operation, tally]) => {
    let below = 0;
    const buckets = BUCKETS_SEC.map((le, index) => {
      below += tally.buckets[index] ?? 0;
      return { labels: { operation, le: String(le) }, value: below, metricName: `${name}_bucket` };
    });
    return [
      ...buckets,
      { labels: { operation, le: "+Inf" }, value: tally.count, metricName: `${name}_bucket` },
      { labels: { operation }, value: tally.sumSec, metricName: `${name}_sum` },
      { labels: { operation }, value: tally.count, metricName: `${name}_count` },
    ];
  });
  return {
    name,
    help: "Time from the first header read to the last byte handed over, by operation",
    type: "histogram",
    aggregator: "sum",
    values,
  };
}
