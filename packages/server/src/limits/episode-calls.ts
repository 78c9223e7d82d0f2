import type { CallHistory, Limits } from "@breakwater/domain/limits/index";
import type { LimitStore } from "./limit-store.ts";

/** `told` of the calls are known to the store. */
type Calls = { keepEntries: number; keepMs: number; times: number[]; told: number };

/** The calls that this node admitted since the store was lost, until it is the authority again. */
export class EpisodeCalls {
  readonly #calls = new Map<string, Calls>();
  readonly #historyEntries: number;
  readonly #historyMs: number;

  constructor(bounds: { historyEntries: number; historyMs: number }) {
    this.#historyEntries = bounds.historyEntries;
    this.#historyMs = bounds.historyMs;
  }

  /** @param isTold whether the store has it, as long as it is not lost again */
  keep(key: string, limits: Limits, atMs: number, isTold: boolean): void {
    const fresh = { keepEntries: this.#historyEntries, keepMs: this.#historyMs, times: [], told: 0 };
    const calls: Calls = this.#calls.get(key) ?? fresh;
    calls.keepEntries = Math.max(calls.keepEntries, limits.maxCalls);
    calls.keepMs = Math.max(calls.keepMs, limits.windowSec * 1000);
    if (isTold && calls.told === calls.times.length) calls.told++;
    calls.times.push(atMs);
    this.#calls.set(key, calls);
  }

  get hasUntold(): boolean {
    return this.#untold().length > 0;
  }

  /** The store may have lost what it was told. */
  forgetTelling(): void {
    for (const calls of this.#calls.values()) calls.told = 0;
  }

  /** Tells each counter's calls of the whole episode: the store takes a time once however often it is told. */
  async tell(store: LimitStore): Promise<void> {
    for (const [key, calls] of this.#untold()) {
      const { keepEntries, keepMs, told } = calls;
      const count = calls.times.length;
      const history: CallHistory = { key, keepEntries, keepMs, times: Float64Array.from(calls.times).sort() };
      await store.merge(history, Float64Array.from(calls.times.slice(told)).sort());
      calls.told = count;
    }
  }

  clear(): void {
    this.#calls.clear();
  }

  #untold(): [string, Calls][] {
    return [...this.#calls].filter(([, { told, times }]) => told < times.length);
  }
}
