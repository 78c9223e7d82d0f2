import type * as contract from "@breakwater/contract";
import type { Tenant } from "@breakwater/testkit/tenant";

/** Ids of the contract table, as types. */
export type OperationId = {
  [K in keyof typeof contract]: (typeof contract)[K] extends { id: infer Id extends string; method: string }
    ? Id
    : never;
}[keyof typeof contract];

/** One request of an outsider. */
export type Attempt = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  /** A value `UNIQUE` becomes a name not used before. */
  json?: object;
  form?: Record<string, string>;
  headers?: Record<string, string>;
  file?: string;
  /**
   * What it must bring: nothing of the other subscription (`refused`, the default: 400, 403 or 404), the caller's own
   * (`own`: a success), or no token (`denied`: 401, or 429 by the log-in guard). Other statuses where the case says why.
   */
  brings?: keyof typeof OUTCOMES | number;
  /** Whoever has not the role Manager is refused before anything is looked up. */
  isForManagers?: true;
};

/** Statuses by what an attempt brings. */
export const OUTCOMES = {
  refused: [400, 403, 404],
  own: [200, 201, 202, 204],
  denied: [401, 429],
} as const;

/** What is tried with the ids and names of another subscription; or why there is nothing to try. */
export type Case = { nothingToCross: string } | Trial;

export type Trial = {
  try: (theirs: Tenant, own: Tenant) => Attempt[];
  /** The operator's Manager may do this to any subscription (platform.md 3 and 4): tried by tenants only. */
  isOperators?: true;
};

export const PUBLIC = "public, and tells of the installation only";
export const INSTALLATION = "of the whole installation: no subscription has a part in it";
export const own = (attempt: Attempt = {}): Trial => ({ try: () => [{ ...attempt, brings: "own" }] });
export const refused = (attempt: (theirs: Tenant) => Attempt): Trial => ({ try: (theirs) => [attempt(theirs)] });

/** A list, as it is and filtered for what the other one has; and what is refused of it. */
export function list(
  filters: (theirs: Tenant) => Record<string, string>[],
  beyond?: (theirs: Tenant) => Attempt,
): Trial {
  return {
    try: (theirs) => [
      ...[{}, ...filters(theirs).map((query) => ({ query }))].map((one) => ({ ...one, brings: "own" as const })),
      ...(beyond ? [beyond(theirs)] : []),
    ],
  };
}
