import type { LifecycleEntry } from "./lifecycle.ts";

const OBJECTS = ["host", "detection", "projectfile"] as const;

/**
 * The published lifecycle of the first OT list operations (platform contract 5): end of service in July 2025, end of
 * life in January 2026; months are read as their first instant in UTC. Published examples still call them, so the
 * lenient profile keeps them at end of service.
 */
export const SHIPPED_LIFECYCLE: readonly LifecycleEntry[] = OBJECTS.map((object) => ({
  api: `GET /ot/v1/${object}/list`,
  deprecatedAt: null,
  eosAt: Date.UTC(2025, 6, 1),
  eolAt: Date.UTC(2026, 0, 1),
  successor: `/ot/1.0/${object}/list`,
  lenientState: "eos",
}));
