import type { Decision, Lease, Limits } from "@breakwater/domain/limits/index";

/**
 * What the gateway asks before every call. In memory the answers are immediate; an authority shared by several nodes
 * answers with promises. Decide and record are one atomic step either way.
 *
 * @example
 * const answer = limiter.decide(key, limits);
 * const decision = answer instanceof Promise ? await answer : answer;
 */
export type Limiter = {
  /** Decides on one call, counts it and gives it a slot when it is admitted. Throws RangeError for unusable limits. */
  decide(key: string, limits: Limits): Decision | Promise<Decision>;
  /** Gives a slot back once the work has settled. True the first time only, and false when the lease had expired. */
  release(lease: Lease): boolean | Promise<boolean>;
  /** Moves the deadline of a call that still runs; undefined when the slot is gone and the work must stop. */
  renew(lease: Lease): Lease | undefined | Promise<Lease | undefined>;
  /** Writes what is not yet safe and frees files and connections. No decision may follow. */
  close(): void | Promise<void>;
};
