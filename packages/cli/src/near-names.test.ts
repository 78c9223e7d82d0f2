import fc from "fast-check";
import { expect, test } from "vitest";
import { nearNames } from "./near-names.ts";

/** Edit distance by its definition. */
function distance(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  if (a[0] === b[0]) return distance(a.slice(1), b.slice(1));
  return 1 + Math.min(distance(a.slice(1), b), distance(a, b.slice(1)), distance(a.slice(1), b.slice(1)));
}

test("names are near when at most a third of the characters, and at least one, has to change", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(name, name, (wanted, other) => {
      const holds = wanted.length > 2 && other.includes(wanted);
      const isNear = holds || distance(wanted, other) <= Math.max(1, Math.floor(wanted.length / 3));
      expect(nearNames(wanted, [other])).toEqual(isNear ? [other] : []);
    }),
    { numRuns: 300 },
  );
});

test("the nearest come first, three at most, whatever their case", () => {
  expect(nearNames("raeder", ["Auditor", "READER", "Reader 2", "reader"])).toEqual(["READER", "reader"]);
  expect(nearNames("plan", ["x", "Plant", "Plan", "Plans", "plane"])).toEqual(["Plan", "Plant", "Plans"]);
});
