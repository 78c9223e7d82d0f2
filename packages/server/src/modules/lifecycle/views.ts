import { type LifecycleProfile, lifecycleState } from "@breakwater/domain/lifecycle/index";
import type { StoredEntry } from "./store.ts";

/** One version of an operation of the contract table. */
export type VersionRoute = { api: string; path: string; operation: string; version: string };

export function toApiVersion(
  route: VersionRoute,
  entry: StoredEntry | undefined,
  now: { timeMs: number; profile: LifecycleProfile },
) {
  return {
    api: route.api,
    operation: route.operation,
    version: route.version,
    state: lifecycleState(entry, now.timeMs, now.profile),
    deprecatedAt: toTime(entry?.deprecatedAt),
    eosAt: toTime(entry?.eosAt),
    eolAt: toTime(entry?.eolAt),
    successor: entry?.successor ?? null,
    isEdited: entry?.isEdited ?? false,
  };
}

/** What webhooks are told of a version. */
export function toLifecycleEvent(entry: StoredEntry) {
  return {
    api: entry.api,
    deprecatedAt: toTime(entry.deprecatedAt),
    eosAt: toTime(entry.eosAt),
    eolAt: toTime(entry.eolAt),
    successor: entry.successor,
  };
}

function toTime(timeMs: number | null | undefined): string | null {
  return timeMs === null || timeMs === undefined ? null : new Date(timeMs).toISOString();
}
