import type { Limits } from "@breakwater/domain/limits/index";
import {
  type Decision,
  ExactLimiter,
  type ExactLimiterOptions,
  type Lease,
  type Usage,
} from "@breakwater/domain/limits/index";
import { LimitJournal, type LimitJournalOptions, readJournal } from "./limit-journal.ts";
import type { Limiter } from "./limiter.ts";

export type MemoryLimiterOptions = Omit<ExactLimiterOptions, "onAdmission"> & {
  /** Epoch ms that never jump, see `createSteadyClock`. */
  readonly clock: () => number;
  /** Where admitted calls are kept across restarts; left out, a restart forgets them. */
  readonly journal?: LimitJournalOptions;
};

/** The limiter of a single node: it answers at once. */
export interface MemoryLimiter extends Limiter {
  decide(key: string, limits: Limits): Decision;
  release(lease: Lease): boolean;
  renew(lease: Lease): Lease | undefined;
  peek(key: string, limits: Limits): Usage;
  close(): void;
  /** Calls of this counter that run now. */
  running(key: string): number;
}

/**
 * The limits of one node, in memory, journalled.
 *
 * Leases are not journalled: the work they stood for died with the process.
 *
 * @throws the system's error when the journal cannot be read or opened: without it the counters would start at zero
 */
export function createMemoryLimiter({
  clock,
  journal: journalOptions,
  ...bounds
}: MemoryLimiterOptions): MemoryLimiter {
  let journal: LimitJournal | undefined;
  const limiter = new ExactLimiter({
    ...bounds,
    onAdmission: (key, atMs, keepEntries, keepMs) => journal?.append(key, atMs, keepEntries, keepMs),
  });
  let offsetMs = 0;
  if (journalOptions !== undefined) {
    let newestMs = Number.NEGATIVE_INFINITY;
    readJournal(journalOptions, (history) => {
      limiter.restore(history);
      newestMs = Math.max(newestMs, history.times.at(-1) ?? newestMs);
    });
    // A wall clock set back while the process was down: time goes on from the newest call, at the speed of the clock.
    // Waiting for the clock to catch up instead would block for as long as it was set back.
    offsetMs = Math.max(0, newestMs - clock());
    journal = new LimitJournal(journalOptions, () => limiter.histories());
  }
  const nowMs = () => clock() + offsetMs;
  return {
    decide: (key, limits) => limiter.decide(key, limits, nowMs()),
    release: (lease) => limiter.release(lease, nowMs()),
    renew: (lease) => limiter.renew(lease, nowMs()),
    peek: (key, limits) => limiter.peek(key, limits, nowMs()),
    measure: () => ({ counters: limiter.counterCount, isKept: journal?.isWriting ?? false }),
    close: () => journal?.close(),
    running: (key) => limiter.running(key, nowMs()),
  };
}
