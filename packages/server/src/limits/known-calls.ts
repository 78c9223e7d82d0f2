import { type CallHistory, type Limits, ShareLimiter } from "@breakwater/domain/limits/index";
import type { LimitStore } from "./limit-store.ts";

type Bounds = { readonly historyEntries: number; readonly historyMs: number };

/** All calls that a node has heard of, which decide what its part of the limits is while the store is out of reach. */
export class KnownCalls {
  readonly #bounds: Bounds;
  #share: ShareLimiter;
  /** Histories heard while all are read anew; undefined at other times. */
  #heard: CallHistory[] | undefined;

  constructor({ historyEntries, historyMs }: Bounds) {
    this.#bounds = { historyEntries, historyMs };
    this.#share = new ShareLimiter(this.#bounds);
  }

  get share(): ShareLimiter {
    return this.#share;
  }

  learn(history: CallHistory): void {
    this.#heard?.push(history);
    this.#share.learn(history);
  }

  /**
   * A call that the store admitted here.
   *
   * @param isCounted whether the share has counted it already
   */
  learnOwn(key: string, limits: Limits, atMs: number, isCounted: boolean): void {
    const keepEntries = Math.max(limits.maxCalls, this.#bounds.historyEntries);
    const keepMs = Math.max(limits.windowSec * 1000, this.#bounds.historyMs);
    const history = { key, keepEntries, keepMs, times: Float64Array.of(atMs) };
    if (isCounted) this.#heard?.push(history);
    else this.learn(history);
  }

  /**
   * Takes all calls that the store knows, and those heard of meanwhile: one of the same millisecond may count twice.
   *
   * @param isWanted asked when all are read: what was decided without the store meanwhile is known to the former share only
   */
  async read(store: Pick<LimitStore, "histories">, isWanted: () => boolean = () => true): Promise<void> {
    const heard: CallHistory[] = [];
    this.#heard = heard;
    try {
      const share = new ShareLimiter(this.#bounds);
      const newest = new Map<string, number>();
      for await (const history of store.histories()) {
        share.learn(history);
        newest.set(history.key, history.times.at(-1) ?? 0);
      }
      for (const history of heard) {
        const readUntil = newest.get(history.key) ?? 0;
        share.learn({ ...history, times: history.times.filter((timeMs) => timeMs >= readUntil) });
      }
      if (isWanted()) this.#share = share;
    } finally {
      this.#heard = undefined;
    }
  }
}
