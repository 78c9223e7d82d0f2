import { CallLog } from "./call-log.ts";
import type { Admitted, BlockedByConcurrency, BlockedByRate, Decision, Lease, Usage } from "./decision.ts";
import { areLimitsUsable, type Limits, limitsProblems, SERVICE_LEVELS } from "./service-levels.ts";

/** Bounds of what a limiter remembers. */
export type ExactLimiterOptions = {
  /** How long a slot is held when nobody releases it, ms. Longer than the longest call may run. Default 15 minutes. */
  readonly leaseMs?: number;
  /**
   * Newest admitted calls kept per counter whatever its limit, for a later change of limits. Default 2000.
   * See {@link ExactLimiter} for what that promises.
   */
  readonly historyEntries?: number;
  /** How long they are kept at least, ms. Default 24 hours. */
  readonly historyMs?: number;
  /** Told of every admission within the same step, e.g. to journal it. Must not throw. */
  readonly onAdmission?: AdmissionListener;
};

/** `keepEntries` and `keepMs` are what {@link ExactLimiter.restore} wants back beside the times. */
export type AdmissionListener = (key: string, atMs: number, keepEntries: number, keepMs: number) => void;

/** What is remembered of one counter. */
export type CallHistory = {
  readonly key: string;
  readonly keepEntries: number;
  readonly keepMs: number;
  /** Admission times, epoch ms, oldest first. */
  readonly times: Float64Array;
};

type Counter = { readonly log: CallLog; readonly leases: Lease[]; earliestDeadlineMs: number };

const DEFAULT_LEASE_MS = 15 * 60_000;
const COUNTERS_LOOKED_AT_PER_NEW_ONE = 2;

/**
 * The exact rolling-window rate limit and the concurrency limit of platform contract 4, decided and recorded in one
 * synchronous step.
 *
 * In any interval (t - W, t] at most L calls are admitted. Times are whole milliseconds, and a clock that goes back is
 * taken to stand still until it has caught up, so that nothing is forgotten early.
 *
 * A change of limits acts on the next call and sees the past exactly when the new L is at most `historyEntries` or an
 * L this counter admitted a call under, and the new W at most `historyMs` or a W it admitted a call under. The defaults
 * cover every change among the shipped levels. Beyond these bounds, calls older than the kept ones do not count, until
 * one new window has passed.
 *
 * Memory: 8 bytes per kept call, at most max(`historyEntries`, L) calls rounded up to a power of two, per counter in
 * use; counters whose calls are all older than max(`historyMs`, W) are dropped as new ones come.
 */
export class ExactLimiter {
  readonly #leaseMs: number;
  readonly #historyEntries: number;
  readonly #historyMs: number;
  readonly #onAdmission: AdmissionListener | undefined;
  readonly #counters = new Map<string, Counter>();
  #eviction: MapIterator<[string, Counter]> | undefined;
  #latestMs = Number.NEGATIVE_INFINITY;
  #nextLeaseId = 1;

  constructor(options: ExactLimiterOptions = {}) {
    this.#leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
    this.#historyEntries = options.historyEntries ?? SERVICE_LEVELS.Premium.maxCalls;
    this.#historyMs = options.historyMs ?? SERVICE_LEVELS.Express.windowSec * 1000;
    this.#onAdmission = options.onAdmission;
  }

  /** Counters in memory. */
  get counterCount(): number {
    return this.#counters.size;
  }

  /**
   * Decides on one call and, when it is admitted, counts it and gives it a slot.
   *
   * @param key see `limitKey`
   * @param nowMs epoch ms
   * @throws RangeError for unusable limits or a time that is no finite number: never unlimited by mistake
   */
  decide(key: string, limits: Limits, nowMs: number): Decision {
    if (!areLimitsUsable(limits)) throw new RangeError(limitsProblems(limits).join("; "));
    const askedMs = Math.floor(nowMs);
    const atMs = this.#advance(askedMs);
    const counter = this.#counters.get(key) ?? this.#addCounter(key, atMs);
    const { log } = counter;
    const windowMs = limits.windowSec * 1000;
    if (limits.maxCalls > log.keepEntries) log.keepEntries = limits.maxCalls;
    if (windowMs > log.keepMs) log.keepMs = windowMs;
    const outside = log.countUntil(atMs - windowMs);
    const used = log.size - outside;
    if (this.#running(counter, limits.maxConcurrent, atMs) >= limits.maxConcurrent) {
      return blockedByConcurrency(counter, limits, used, askedMs);
    }
    if (used >= limits.maxCalls) return blockedByRate(log, limits, used, askedMs);
    log.push(atMs);
    const lease = this.#lease(counter, key, atMs);
    this.#onAdmission?.(key, atMs, log.keepEntries, log.keepMs);
    return admitted(log, limits, used + 1, askedMs, lease);
  }

  /**
   * Gives a slot back. True the first time; false when the lease was released before, has expired, or is not from here.
   */
  release(lease: Lease, nowMs: number): boolean {
    const atMs = this.#advance(Math.floor(nowMs));
    const leases = this.#counters.get(lease.key)?.leases;
    const index = leases?.findIndex((held) => held.id === lease.id) ?? -1;
    if (leases === undefined || index < 0) return false;
    const isHeld = (leases[index] as Lease).deadlineMs > atMs;
    removeAt(leases, index);
    return isHeld;
  }

  /**
   * Moves the deadline of a call that is still running. Undefined when the slot is gone: the work must stop, because
   * another call may have the slot.
   */
  renew(lease: Lease, nowMs: number): Lease | undefined {
    const atMs = this.#advance(Math.floor(nowMs));
    const counter = this.#counters.get(lease.key);
    const index = counter?.leases.findIndex((held) => held.id === lease.id) ?? -1;
    if (counter === undefined || index < 0 || (counter.leases[index] as Lease).deadlineMs <= atMs) return undefined;
    const renewed = { key: lease.key, id: lease.id, deadlineMs: atMs + this.#leaseMs };
    counter.leases[index] = renewed;
    return renewed;
  }

  /** Calls of this counter that hold a slot now. */
  running(key: string, nowMs: number): number {
    const atMs = this.#advance(Math.floor(nowMs));
    const counter = this.#counters.get(key);
    return counter === undefined ? 0 : this.#running(counter, 0, atMs);
  }

  /** What the next decision would find; counts nothing. */
  peek(key: string, limits: Limits, nowMs: number): Usage {
    const atMs = this.#advance(Math.floor(nowMs));
    const { maxCalls: limit, windowSec } = limits;
    const counter = this.#counters.get(key);
    const used = this.used(key, windowSec, atMs);
    const resetSec = counter === undefined || limit === 0 ? 0 : secondsUntilFree(counter.log, limits, used, atMs);
    const running = counter === undefined ? 0 : this.#running(counter, 0, atMs);
    return { limit, windowSec, used, remaining: Math.max(0, limit - used), resetSec, running };
  }

  /** Calls admitted in (atMs - W, atMs] or after; `atMs` may lie ahead and moves no clock. */
  used(key: string, windowSec: number, atMs: number): number {
    const log = this.#counters.get(key)?.log;
    return log === undefined ? 0 : log.size - log.countUntil(atMs - windowSec * 1000);
  }

  /** What a restart needs, counter by counter. Leases are not part of it: they die with their work. */
  *histories(): Generator<CallHistory, void> {
    for (const [key, { log }] of this.#counters) {
      if (log.newest <= this.#latestMs - log.keepMs) continue;
      yield { key, keepEntries: log.keepEntries, keepMs: log.keepMs, times: log.toArray() };
    }
  }

  /** Takes back a history, in order of time; several ones of one key are put together. */
  restore(history: CallHistory): void {
    const newest = history.times.at(-1);
    if (newest === undefined) return;
    this.#latestMs = Math.max(this.#latestMs, newest);
    const { log } = this.#counters.get(history.key) ?? this.#addCounter(history.key, this.#latestMs);
    log.keepEntries = Math.max(log.keepEntries, history.keepEntries);
    log.keepMs = Math.max(log.keepMs, history.keepMs);
    for (const timeMs of history.times) log.insert(timeMs);
  }

  #advance(askedMs: number): number {
    if (!Number.isFinite(askedMs)) throw new RangeError("The time of a decision must be a finite number");
    if (askedMs > this.#latestMs) this.#latestMs = askedMs;
    return this.#latestMs;
  }

  #addCounter(key: string, atMs: number): Counter {
    this.#evictSome(atMs);
    const counter = {
      log: new CallLog(this.#historyEntries, this.#historyMs),
      leases: [],
      earliestDeadlineMs: Number.POSITIVE_INFINITY,
    };
    this.#counters.set(key, counter);
    return counter;
  }

  /** Looks at two counters for each one added, so the table follows what is in use without a timer or a pause. */
  #evictSome(atMs: number): void {
    for (let looked = 0; looked < COUNTERS_LOOKED_AT_PER_NEW_ONE; looked++) {
      this.#eviction ??= this.#counters.entries();
      const next = this.#eviction.next();
      if (next.done) {
        this.#eviction = undefined;
        return;
      }
      const [key, counter] = next.value;
      const isForgotten = counter.log.newest <= atMs - counter.log.keepMs;
      if (isForgotten && this.#running(counter, 0, atMs) === 0) this.#counters.delete(key);
    }
  }

  /** Slots in use. Expired ones are looked for only when their number would matter. */
  #running(counter: Counter, maxConcurrent: number, atMs: number): number {
    const { leases } = counter;
    if (leases.length < maxConcurrent || counter.earliestDeadlineMs > atMs) return leases.length;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (let index = leases.length - 1; index >= 0; index--) {
      const { deadlineMs } = leases[index] as Lease;
      if (deadlineMs <= atMs) removeAt(leases, index);
      else earliestMs = Math.min(earliestMs, deadlineMs);
    }
    counter.earliestDeadlineMs = earliestMs;
    return leases.length;
  }

  #lease(counter: Counter, key: string, atMs: number): Lease {
    const lease = { key, id: this.#nextLeaseId++, deadlineMs: atMs + this.#leaseMs };
    counter.leases.push(lease);
    if (lease.deadlineMs < counter.earliestDeadlineMs) counter.earliestDeadlineMs = lease.deadlineMs;
    return lease;
  }
}

function admitted(log: CallLog, limits: Limits, used: number, askedMs: number, lease: Lease): Admitted {
  const { maxCalls: limit, windowSec } = limits;
  const resetSec = secondsUntilFree(log, limits, used, askedMs);
  return { kind: "admitted", limit, windowSec, remaining: limit - used, resetSec, lease };
}

function blockedByRate(log: CallLog, limits: Limits, used: number, askedMs: number): BlockedByRate {
  const { maxCalls: limit, windowSec } = limits;
  const toWaitSec = limit === 0 ? windowSec : secondsUntilFree(log, limits, used, askedMs);
  return { kind: "blockedByRate", limit, windowSec, remaining: 0, resetSec: toWaitSec, toWaitSec };
}

function blockedByConcurrency(
  { log, leases }: Counter,
  limits: Limits,
  used: number,
  askedMs: number,
): BlockedByConcurrency {
  const { maxCalls: limit, windowSec, maxConcurrent } = limits;
  const remaining = Math.max(0, limit - used);
  const resetSec = limit === 0 ? windowSec : secondsUntilFree(log, limits, used, askedMs);
  const running = leases.length;
  return { kind: "blockedByConcurrency", limit, windowSec, remaining, resetSec, running, maxConcurrent };
}

/**
 * Whole seconds on the caller's clock until one more call fits than now: until the oldest call of the window leaves it,
 * or, when the limit was lowered under what is used, the one whose leaving makes room. A time `a` leaves at `a + W`.
 */
function secondsUntilFree(log: CallLog, limits: Limits, used: number, askedMs: number): number {
  if (used === 0) return 0;
  const leaving = log.size - Math.min(used, limits.maxCalls);
  return Math.ceil((log.at(leaving) + limits.windowSec * 1000 - askedMs) / 1000);
}

function removeAt(leases: Lease[], index: number): void {
  const last = leases.pop() as Lease;
  if (index < leases.length) leases[index] = last;
}
