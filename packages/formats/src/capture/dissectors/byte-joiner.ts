import type { MemoryBudget } from "../limits.ts";

/** Joins the pieces of one fragmented unit, bounded per unit and by the budget. */
export class ByteJoiner {
  readonly #budget: MemoryBudget;
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(budget: MemoryBudget, maxBytes: number) {
    this.#budget = budget;
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Keeps a copy of the piece; false when it would be too much, and then everything is dropped. */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (this.#bytes + length > this.#maxBytes || !this.#budget.take(length)) {
      this.clear();
      return false;
    }
    this.#bytes += length;
    this.#pieces.push(bytes.slice(start, end));
    return true;
  }

  /** All pieces as one array; the joiner is empty afterwards. */
  join(): Uint8Array {
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.clear();
    return whole;
  }

  clear(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
    this.#pieces = [];
  }
}
