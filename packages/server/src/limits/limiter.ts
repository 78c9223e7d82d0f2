import type { Decision, Lease, Limits, Usage } from "@breakwater/domain/limits/index";

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
  /** What the next decision would find; counts nothing. */
  peek(key: string, limits: Limits): Usage | Promise<Usage>;
  /** What `/metrics` shows of it. */
  measure(): LimiterMeasures;
  /** Writes what is not yet safe and frees files and connections. No decision may follow. */
  close(): void | Promise<void>;
};

/** How a limiter fares. */
export type LimiterMeasures = {
  /** Counters remembered in this process. */
  counters: number;
  /** Whether calls survive a restart: the journal is written, or the store answers. */
  isKept: boolean;
  /** With a shared store only. */
  store?: {
    /** Whether decisions are the store's. */
    isUp: boolean;
    /** Decisions made without it since the start. */
    degradedDecisions: number;
    /** Nodes that were there when the store was last heard. */
    nodes: number;
  };
};
