/**
 * How much one subscription may call one API.
 *
 * Handed to every decision, so a change acts on the next call.
 */
export type Limits = {
  /** Calls of this API that may run at once. 0 refuses every call. */
  readonly maxConcurrent: number;
  /** Calls admitted in any interval of `windowSec`. 0 refuses every call. */
  readonly maxCalls: number;
  /** Length of the rolling window, whole seconds, at least 1. */
  readonly windowSec: number;
};

/** Names of the shipped levels; `Custom` stands for numbers of one's own. */
export type ServiceLevelName = "Express" | "Standard" | "Enterprise" | "Premium" | "Custom";

/** The levels with published numbers (platform contract 4.1). */
export const SERVICE_LEVELS = {
  Express: { maxConcurrent: 1, maxCalls: 50, windowSec: 86_400 },
  Standard: { maxConcurrent: 2, maxCalls: 300, windowSec: 3600 },
  Enterprise: { maxConcurrent: 5, maxCalls: 750, windowSec: 3600 },
  Premium: { maxConcurrent: 10, maxCalls: 2000, windowSec: 3600 },
} as const satisfies Readonly<Record<Exclude<ServiceLevelName, "Custom">, Limits>>;

export const DEFAULT_SERVICE_LEVEL = "Standard" satisfies ServiceLevelName;

/** Upper bounds of custom numbers: they cap the memory of one counter at 8 bytes per call. */
export const MAX_CALLS_BOUND = 10_000_000;
export const MAX_CONCURRENT_BOUND = 100_000;
export const MAX_WINDOW_SEC_BOUND = 366 * 86_400;

/** What a subscription has: a level, or its own numbers, and exceptions for single APIs. */
export type SubscriptionLimits =
  | { readonly level: Exclude<ServiceLevelName, "Custom">; readonly perApi?: ReadonlyMap<string, Limits> }
  | { readonly level: "Custom"; readonly custom: Limits; readonly perApi?: ReadonlyMap<string, Limits> };

/**
 * The limits that hold for one API of a subscription: its exception if there is one, otherwise the level's numbers.
 *
 * @param api route template with version, e.g. `GET /ot/1.0/host/list`
 */
export function limitsFor(subscription: SubscriptionLimits, api: string): Limits {
  const exception = subscription.perApi?.get(api);
  if (exception !== undefined) return exception;
  return subscription.level === "Custom" ? subscription.custom : SERVICE_LEVELS[subscription.level];
}

/** What is wrong with these numbers, one sentence each; empty when they can be used. */
export function limitsProblems(limits: Limits): string[] {
  const problems: string[] = [];
  if (!isCount(limits.maxConcurrent, 0, MAX_CONCURRENT_BOUND)) {
    problems.push(`maxConcurrent must be a whole number from 0 to ${MAX_CONCURRENT_BOUND}`);
  }
  if (!isCount(limits.maxCalls, 0, MAX_CALLS_BOUND)) {
    problems.push(`maxCalls must be a whole number from 0 to ${MAX_CALLS_BOUND}`);
  }
  if (!isCount(limits.windowSec, 1, MAX_WINDOW_SEC_BOUND)) {
    problems.push(`windowSec must be a whole number from 1 to ${MAX_WINDOW_SEC_BOUND}`);
  }
  return problems;
}

/** True when {@link limitsProblems} finds nothing; cheap enough for every decision. */
export function areLimitsUsable(limits: Limits): boolean {
  return (
    isCount(limits.maxConcurrent, 0, MAX_CONCURRENT_BOUND) &&
    isCount(limits.maxCalls, 0, MAX_CALLS_BOUND) &&
    isCount(limits.windowSec, 1, MAX_WINDOW_SEC_BOUND)
  );
}

function isCount(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}
