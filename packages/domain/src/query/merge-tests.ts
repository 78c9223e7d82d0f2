import type { Test } from "./query.ts";

/**
 * One test of each kind instead of one for each value, so that a list of ten thousand values becomes one comparison
 * with one array.
 */
export function mergeTests(tests: Test[]): Test[] {
  const merged = new Map<string, Test>();
  const others: Test[] = [];
  for (const test of tests) {
    if (test.kind === "number-range") {
      others.push(test);
      continue;
    }
    const key = `${test.kind} ${"isFolded" in test && test.isFolded}`;
    const into = merged.get(key);
    if (into === undefined) merged.set(key, structuredClone(test));
    else append(into, test);
  }
  return [...merged.values(), ...others];
}

function append(into: Test, test: Test): void {
  if (into.kind === "equals" && test.kind === "equals") into.values.push(...test.values);
  if (into.kind === "pattern" && test.kind === "pattern") into.patterns.push(...test.patterns);
  if (into.kind === "word-prefix" && test.kind === "word-prefix") into.prefixes.push(...test.prefixes);
  if (into.kind === "phrase" && test.kind === "phrase") into.phrases.push(...test.phrases);
  if (into.kind === "numbers" && test.kind === "numbers") into.values.push(...test.values);
  if (into.kind === "booleans" && test.kind === "booleans") into.values.push(...test.values);
  if (into.kind === "times" && test.kind === "times") into.ranges.push(...test.ranges);
  if (into.kind === "addresses" && test.kind === "addresses") into.ranges.push(...test.ranges);
}
