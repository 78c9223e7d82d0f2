import { charsOf } from "./pending.ts";

/** What a mapping remembers by a key of the file: bounded in number and in characters. */
export class BoundedMap<T> {
  readonly #max: number;
  readonly #maxChars: number;
  readonly #values = new Map<string, T>();
  #chars = 0;

  constructor(max = 500_000, maxChars = 67_108_864) {
    this.#max = max;
    this.#maxChars = maxChars;
  }

  /** Keeps the first word for a key. @returns false when there is no room left */
  add(key: string, value: T): boolean {
    if (this.#values.has(key)) return true;
    const chars = key.length + charsOf(value);
    if (this.#values.size >= this.#max || this.#chars + chars > this.#maxChars) return false;
    this.#values.set(key, value);
    this.#chars += chars;
    return true;
  }

  get(key: string): T | undefined {
    return this.#values.get(key);
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  values(): IterableIterator<T> {
    return this.#values.values();
  }
}
