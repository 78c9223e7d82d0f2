/** A well-mixed 32-bit number for a tuple of integers: the same on every machine, no state to carry along. */
export function hashIntegers(...values: number[]): number {
  let hash = 0x9e3779b9;
  for (const value of values) {
    hash = Math.imul(hash ^ value, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** 0 ≤ share < 1 for a tuple of integers. */
export function share(...values: number[]): number {
  return hashIntegers(...values) / 0x1_0000_0000;
}

export function pick<Item>(items: readonly Item[], ...values: number[]): Item {
  const item = items[hashIntegers(...values) % items.length];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}
