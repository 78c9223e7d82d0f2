const FIRST_CAPACITY = 16;

/**
 * The times of the newest admitted calls of one counter, oldest first, in a ring that doubles up to `keepEntries`.
 *
 * Whether L calls stand in a window is a question to the L newest times only. So with `keepEntries` at least as large
 * as any limit asked, every window length is answered exactly, also one longer than those asked before.
 */
export class CallLog {
  /** Most times kept. Never shrinks: a limit lowered and raised again must find its calls. */
  keepEntries: number;
  /** Times older than this may be forgotten when room is needed. */
  keepMs: number;
  #times = new Float64Array(FIRST_CAPACITY);
  #mask = FIRST_CAPACITY - 1;
  #first = 0;
  #size = 0;
  /** How many of the oldest lie outside the window asked last. */
  #outside = 0;

  constructor(keepEntries: number, keepMs: number) {
    this.keepEntries = keepEntries;
    this.keepMs = keepMs;
  }

  get size(): number {
    return this.#size;
  }

  /** Time number `index`, 0 the oldest kept. The index must be below {@link size}. */
  at(index: number): number {
    return this.#times[(this.#first + index) & this.#mask] as number;
  }

  /** Time of the newest call, -Infinity when there is none. */
  get newest(): number {
    return this.#size === 0 ? Number.NEGATIVE_INFINITY : this.at(this.#size - 1);
  }

  /**
   * How many of the oldest times are at or before `edgeMs`, so lie outside the window that begins there.
   * Walks from the last answer: constant on average when the edge moves with the clock.
   */
  countUntil(edgeMs: number): number {
    let outside = this.#outside;
    while (outside < this.#size && this.at(outside) <= edgeMs) outside++;
    while (outside > 0 && this.at(outside - 1) > edgeMs) outside--;
    this.#outside = outside;
    return outside;
  }

  /** Adds a time, which must not be before the newest. */
  push(timeMs: number): void {
    while (this.#size >= this.keepEntries) this.#dropOldest();
    if (this.#size > this.#mask) this.#makeRoom(timeMs);
    this.#times[(this.#first + this.#size) & this.#mask] = timeMs;
    this.#size++;
  }

  /** Adds a time where it belongs; one older than all kept is left out when there is no room. */
  insert(timeMs: number): void {
    if (this.#size >= this.keepEntries && timeMs < this.at(0)) return;
    this.push(Math.max(timeMs, this.newest));
    for (let index = this.#size - 1; index > 0 && this.at(index - 1) > timeMs; index--) {
      this.#times[(this.#first + index) & this.#mask] = this.at(index - 1);
      this.#times[(this.#first + index - 1) & this.#mask] = timeMs;
    }
  }

  /** The kept times, oldest first, in an array of their own. */
  toArray(): Float64Array {
    return this.#copyInto(new Float64Array(this.#size));
  }

  #makeRoom(nowMs: number): void {
    const edgeMs = nowMs - this.keepMs;
    while (this.#size > 0 && this.at(0) <= edgeMs) this.#dropOldest();
    // A ring that stays nearly full after forgetting would come back here at once: double it then as well.
    if (this.#size <= this.#times.length / 2) return;
    this.#times = this.#copyInto(new Float64Array(this.#times.length * 2));
    this.#mask = this.#times.length - 1;
    this.#first = 0;
  }

  #copyInto(target: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
    const untilEnd = this.#times.subarray(this.#first, this.#first + this.#size);
    target.set(untilEnd);
    target.set(this.#times.subarray(0, this.#size - untilEnd.length), untilEnd.length);
    return target;
  }

  #dropOldest(): void {
    this.#first = (this.#first + 1) & this.#mask;
    this.#size--;
    if (this.#outside > 0) this.#outside--;
  }
}
