/**
 * Numbers keys of four 32-bit integers in the order they are first seen: 0, 1, 2, … Open addressing over typed
 * arrays, because a capture asks once or more per packet and a Map of strings or big numbers allocates.
 */
export class IntKeyMap {
  #keys: Int32Array;
  /** Index + 1 by slot; 0 is free. */
  #slots: Int32Array;
  #mask: number;
  #size = 0;
  readonly #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
    this.#keys = new Int32Array(64 * 4);
    this.#slots = new Int32Array(128);
    this.#mask = 127;
  }

  get size(): number {
    return this.#size;
  }

  /** The key's number, or -1. */
  find(a: number, b: number, c: number, d: number): number {
    return this.#slots[this.#slotOf(a | 0, b | 0, c | 0, d | 0)]! - 1;
  }

  /** The key's number, a new one (the old `size`) when it was not there; -1 when it is new and the map is full. */
  intern(a: number, b: number, c: number, d: number): number {
    const slot = this.#slotOf(a | 0, b | 0, c | 0, d | 0);
    const found = this.#slots[slot]! - 1;
    if (found >= 0) return found;
    if (this.#size >= this.#maxSize) return -1;
    const index = this.#size++;
    const at = index * 4;
    if (at === this.#keys.length) this.#growKeys();
    this.#keys[at] = a;
    this.#keys[at + 1] = b;
    this.#keys[at + 2] = c;
    this.#keys[at + 3] = d;
    this.#slots[slot] = index + 1;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return index;
  }

  /** One word (0..3) of the key numbered `index`, signed. */
  word(index: number, word: number): number {
    return this.#keys[index * 4 + word]!;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  #slotOf(a: number, b: number, c: number, d: number): number {
    const keys = this.#keys;
    const slots = this.#slots;
    let hash =
      Math.imul(a, 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f) ^ Math.imul(d, 0x165667b1);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash = Math.imul(hash ^ (hash >>> 13), 0x297a2d39);
    let slot = (hash ^ (hash >>> 16)) & this.#mask;
    for (;;) {
      const index = slots[slot]! - 1;
      if (index < 0) return slot;
      const at = index * 4;
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #growKeys(): void {
    const keys = new Int32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#mask = this.#slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      const at = index * 4;
      const slot = this.#slotOf(this.#keys[at]!, this.#keys[at + 1]!, this.#keys[at + 2]!, this.#keys[at + 3]!);
      this.#slots[slot] = index + 1;
    }
  }
}

/** A typed column beside an {@link IntKeyMap}: doubles as indexes arrive. */
export class FloatColumn {
  #values = new Float64Array(64);

  get(index: number): number {
    return this.#values[index]!;
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const grown = new Float64Array(Math.max(index + 1, this.#values.length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[index] = value;
  }

  add(index: number, value: number): void {
    this.#values[index] = this.#values[index]! + value;
  }
}
