import { Gauge, type Registry } from "prom-client";
import type { Limiter, LimiterMeasures } from "./limiter.ts";

/** Adds what a limiter measures to `/metrics`; those of the shared store only when there is one. */
export function registerLimiterMetrics(registry: Registry, limiter: Limiter): void {
  const add = (name: string, help: string, read: (measures: LimiterMeasures) => number | undefined) => {
    const collect = function (this: Gauge) {
      this.set(read(limiter.measure()) ?? 0);
    };
    new Gauge({ name, help, registers: [registry], collect });
  };
  add("breakwater_limiter_counters", "Counters of API calls that this node remembers", ({ counters }) => counters);
  add("breakwater_limiter_kept", "1 while admitted calls are kept across a restart", ({ isKept }) => Number(isKept));
  if (limiter.measure().store === undefined) return;
  add("breakwater_limiter_store_up", "1 while the shared store decides", ({ store }) => Number(store?.isUp));
  add(
    "breakwater_limiter_degraded_decisions_total",
    "Decisions that this node made without the shared store, within its part of the limits",
    ({ store }) => store?.degradedDecisions,
  );
  add("breakwater_limiter_nodes", "Nodes known to share the limits", ({ store }) => store?.nodes);
}
