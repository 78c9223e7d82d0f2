import type { Logger } from "pino";
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { Exchange } from "../exchange.ts";

/** Step 11: one log line and two metrics per request. */
export type Observer = { watch(exchange: Exchange): void; registry: Registry };

export function createObserver(log: Logger, clock: () => number): Observer {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "breakwater_http_requests_total",
    help: "Requests by operation and status",
    labelNames: ["operation", "status"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "breakwater_http_request_duration_seconds",
    help: "Time from the first header read to the last byte handed over, by operation",
    labelNames: ["operation"],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
    registers: [registry],
  });
  const durations = new Map<string, ReturnType<typeof seconds.labels>>();
  const counts = new Map<string, ReturnType<typeof requests.labels>>();
  const watch = (exchange: Exchange) => {
    exchange.out.once("close", () => {
      const operation = exchange.route?.operation.id ?? "other";
      const status = exchange.out.statusCode;
      const tookMs = clock() - exchange.startedAt;
      memo(counts, `${operation} ${status}`, () => requests.labels(operation, String(status))).inc();
      memo(durations, operation, () => seconds.labels(operation)).observe(tookMs / 1000);
      if (!log.isLevelEnabled("debug")) return;
      const user = exchange.caller?.username;
      log.debug({ requestId: exchange.id, operation, status, tookMs, user, address: exchange.address }, "answered");
    });
  };
  return { watch, registry };
}

function memo<T>(cache: Map<string, T>, key: string, make: () => T): T {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}
