import type { Admitted, BlockedByConcurrency, BlockedByRate, Usage } from "./decision.ts";
import { type CallHistory, ExactLimiter, type ExactLimiterOptions } from "./exact-limiter.ts";
import { areLimitsUsable, type Limits, limitsProblems } from "./service-levels.ts";

/** Which of how many nodes decides; each node has another rank, from 0. */
export type NodeShare = { readonly rank: number; readonly nodes: number };

/** A decision without a lease: whoever asks keeps the slots. */
export type ShareDecision = Omit<Admitted, "lease"> | BlockedByRate | BlockedByConcurrency;

/**
 * What one of several nodes may admit by itself while the authority they share cannot be asked.
 *
 * It knows the calls admitted until then, by whichever node ({@link learn}), and its own since. Of what the known calls
 * leave of the limit, each node takes its part; the parts add up to the whole, so that all nodes together admit no more
 * than the limit in any window that reaches across the loss of the authority, and any after it. What a limit leaves
 * over when divided goes to nodes in turn, by key: a limit of 1 is not 0 everywhere, one node has it.
 */
export class ShareLimiter {
  readonly #known: ExactLimiter;
  readonly #own: ExactLimiter;
  #latestMs = Number.NEGATIVE_INFINITY;

  constructor(bounds: Pick<ExactLimiterOptions, "historyEntries" | "historyMs"> = {}) {
    this.#known = new ExactLimiter(bounds);
    this.#own = new ExactLimiter(bounds);
  }

  /** Counters remembered. */
  get counterCount(): number {
    return this.#known.counterCount;
  }

  /** Notes calls that the authority knows. */
  learn(history: CallHistory): void {
    this.#known.restore(history);
  }

  /** All that {@link learn} was told and is still remembered, for an authority that lost it. */
  known(): Iterable<CallHistory> {
    return this.#known.histories();
  }

  /**
   * Decides on one call within this node's part and counts it when it is admitted.
   *
   * @param running calls of this key that run on this node
   * @param nowMs epoch ms on the authority's clock, as well as this node knows it
   * @throws RangeError for unusable limits
   */
  decide(key: string, limits: Limits, node: NodeShare, running: number, nowMs: number): ShareDecision {
    if (!areLimitsUsable(limits)) throw new RangeError(limitsProblems(limits).join("; "));
    this.#latestMs = Math.max(this.#latestMs, Math.floor(nowMs));
    const atMs = this.#latestMs;
    const { maxCalls: limit, windowSec, maxConcurrent } = limits;
    const leftAt = (timeMs: number) => this.#left(key, limits, node, timeMs);
    const left = leftAt(atMs);
    const state = { limit, windowSec };
    if (running >= partOf(maxConcurrent, node, toTurn(key))) {
      const resetSec = secondsUntil((timeMs) => leftAt(timeMs) > left, windowSec, atMs);
      return { kind: "blockedByConcurrency", ...state, remaining: Math.max(0, left), resetSec, running, maxConcurrent };
    }
    if (left < 1) {
      const toWaitSec = secondsUntil((timeMs) => leftAt(timeMs) >= 1, windowSec, atMs);
      return { kind: "blockedByRate", ...state, remaining: 0, resetSec: toWaitSec, toWaitSec };
    }
    this.#own.restore({ key, keepEntries: limit, keepMs: windowSec * 1000, times: Float64Array.of(atMs) });
    const resetSec = secondsUntil((timeMs) => leftAt(timeMs) >= left, windowSec, atMs);
    return { kind: "admitted", ...state, remaining: left - 1, resetSec };
  }

  /** What the next decision would find; counts nothing. */
  peek(key: string, limits: Limits, node: NodeShare, running: number, nowMs: number): Usage {
    const atMs = Math.max(this.#latestMs, Math.floor(nowMs));
    const { maxCalls: limit, windowSec } = limits;
    const used = this.#known.used(key, windowSec, atMs) + this.#own.used(key, windowSec, atMs);
    const left = this.#left(key, limits, node, atMs);
    const leftAt = (timeMs: number) => this.#left(key, limits, node, timeMs);
    const resetSec = used === 0 ? 0 : secondsUntil((timeMs) => leftAt(timeMs) > left, windowSec, atMs);
    return { limit, windowSec, used, remaining: Math.max(0, left), resetSec, running };
  }

  #left(key: string, { maxCalls, windowSec }: Limits, node: NodeShare, atMs: number): number {
    const free = Math.max(0, maxCalls - this.#known.used(key, windowSec, atMs));
    return partOf(free, node, toTurn(key)) - this.#own.used(key, windowSec, atMs);
  }
}

/** The part of one node: the parts of all ranks add up to `whole`, and no part shrinks when `whole` grows. */
export function partOf(whole: number, { rank, nodes }: NodeShare, turn = 0): number {
  return Math.floor((whole + nodes - 1 - ((rank + turn) % nodes)) / nodes);
}

/** A number that is the same on every node, so that what is left over is spread over them by key. */
function toTurn(key: string): number {
  let turn = 0;
  for (let index = 0; index < key.length; index++) turn = (turn * 31 + key.charCodeAt(index)) % 65_521;
  return turn;
}

/** The least whole seconds after which `isSo`, which never becomes untrue again; the window when it never does. */
function secondsUntil(isSo: (timeMs: number) => boolean, windowSec: number, atMs: number): number {
  let [low, high] = [1, windowSec];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isSo(atMs + middle * 1000)) high = middle;
    else low = middle + 1;
  }
  return low;
}
