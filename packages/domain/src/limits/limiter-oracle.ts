import type { Decision, Limits } from "./index.ts";

type HeldSlot = { id: number; key: string; deadlineMs: number };

/**
 * The limits by brute force, for tests: every admitted time is kept for ever and counted anew for every question.
 * Written from platform contract 4 alone, with none of the limiter's code.
 */
export class LimiterOracle {
  readonly #leaseMs: number;
  readonly #admitted: { key: string; atMs: number }[] = [];
  #slots: HeldSlot[] = [];
  #timeMs = Number.NEGATIVE_INFINITY;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  /** What the limiter must say; `actual` only lends the id of the lease it gave. */
  decide(key: string, limits: Limits, nowMs: number, actual: Decision): unknown {
    const timeMs = this.#tick(nowMs);
    const { maxCalls: limit, windowSec, maxConcurrent } = limits;
    const running = this.running(key, nowMs);
    const isFree = running < maxConcurrent;
    const isAdmitted = isFree && this.#used(key, windowSec, timeMs) < limit;
    if (isAdmitted) {
      this.#admitted.push({ key, atMs: timeMs });
      const id = actual.kind === "admitted" ? actual.lease.id : -1;
      this.#slots.push({ id, key, deadlineMs: timeMs + this.#leaseMs });
    }
    const remaining = Math.max(0, limit - this.#used(key, windowSec, timeMs));
    const resetSec = this.#secondsUntilMore(key, limits, nowMs, timeMs);
    const state = { limit, windowSec, remaining, resetSec };
    if (isAdmitted) return { kind: "admitted", ...state, deadlineMs: timeMs + this.#leaseMs };
    if (!isFree) return { kind: "blockedByConcurrency", ...state, running, maxConcurrent };
    return { kind: "blockedByRate", ...state, toWaitSec: resetSec };
  }

  release(id: number, nowMs: number): boolean {
    const timeMs = this.#tick(nowMs);
    const isHeld = this.#slots.some((slot) => slot.id === id && slot.deadlineMs > timeMs);
    this.#slots = this.#slots.filter((slot) => slot.id !== id);
    return isHeld;
  }

  renew(id: number, nowMs: number): number | undefined {
    const timeMs = this.#tick(nowMs);
    const slot = this.#slots.find((held) => held.id === id && held.deadlineMs > timeMs);
    if (slot !== undefined) slot.deadlineMs = timeMs + this.#leaseMs;
    return slot?.deadlineMs;
  }

  running(key: string, nowMs: number): number {
    const timeMs = this.#tick(nowMs);
    return this.#slots.filter((slot) => slot.key === key && slot.deadlineMs > timeMs).length;
  }

  peek(key: string, { windowSec, maxCalls }: Limits, nowMs: number) {
    const used = this.#used(key, windowSec, this.#tick(nowMs));
    return { used, remaining: Math.max(0, maxCalls - used), running: this.running(key, nowMs) };
  }

  #tick(nowMs: number): number {
    this.#timeMs = Math.max(this.#timeMs, Math.floor(nowMs));
    return this.#timeMs;
  }

  #used(key: string, windowSec: number, timeMs: number): number {
    return this.#admitted.filter((call) => call.key === key && call.atMs > timeMs - windowSec * 1000).length;
  }

  /** Tries one second after the other until the quota left is larger than now. */
  #secondsUntilMore(key: string, { maxCalls, windowSec }: Limits, nowMs: number, timeMs: number): number {
    const usedNow = this.#used(key, windowSec, timeMs);
    if (maxCalls === 0) return windowSec;
    if (usedNow === 0) return 0;
    const leftNow = Math.max(0, maxCalls - usedNow);
    for (let waitSec = 1; ; waitSec++) {
      const thenMs = Math.max(timeMs, Math.floor(nowMs) + waitSec * 1000);
      if (maxCalls - this.#used(key, windowSec, thenMs) > leftNow) return waitSec;
    }
  }
}
