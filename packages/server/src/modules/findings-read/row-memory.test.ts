import fc from "fast-check";
import { expect, test } from "vitest";
import { type KnownRow, RowMemory } from "./row-memory.ts";

const MAX_BYTES = 100;
const rowOf = (value: number, bytes: number): KnownRow<number> => ({
  ...{ value, bytes },
  ...{ owner: "one", version: "1", writer: null },
});

/** Rows of one id are all of one size. */
const sizeOf = (id: number) => 5 * (id + 1);
const act = fc.record({ id: fc.nat({ max: 9 }), isRead: fc.boolean() });

test("what is found is what was put last, and as many of those used last as fill a half are all there", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const memory = new RowMemory<number, number>(MAX_BYTES);
      const values = new Map<number, number>();
      let usedLast: number[] = [];
      for (const [value, { id, isRead }] of acts.entries()) {
        const found = memory.find(id);
        if (found) expect(found.value).toBe(values.get(id));
        if (isRead && !found) continue;
        if (!isRead) {
          memory.put(id, rowOf(value, sizeOf(id)));
          values.set(id, value);
        }
        usedLast = [id, ...usedLast.filter((one) => one !== id)];
      }
      let bytes = 0;
      const last = usedLast.filter((id) => {
        bytes += sizeOf(id);
        return 2 * bytes <= MAX_BYTES;
      });
      expect(last.filter((id) => memory.find(id)?.value !== values.get(id))).toEqual([]);
    }),
  );
});

test("what was not asked for the longest is let go, and what grew counts as what it is now", () => {
  const memory = new RowMemory<string, number>(MAX_BYTES);
  for (const id of ["a", "b", "c"]) memory.put(id, rowOf(1, 20));
  memory.find("a");
  for (const id of ["d", "e"]) memory.put(id, rowOf(1, 20));
  expect(["a", "b", "c"].map((id) => memory.find(id) !== undefined)).toEqual([true, false, false]);
  const grown = new RowMemory<string, number>(MAX_BYTES);
  grown.put("a", rowOf(1, 1));
  grown.grow("a", 60);
  grown.put("b", rowOf(1, 60));
  expect(grown.find("a")).toBeUndefined();
});
