import fc from "fast-check";
import { expect, test } from "vitest";
import { assertUsername, assertVisibleName, describeUsernameFault } from "./names.ts";

test.each(["a", "O'Neil", "line 1 \u2013 press", "\u00e9", "\u00e9\u{1f600}", "\u65e5\u672c"])(
  "%s is a name",
  (name) => {
    assertVisibleName(name, "name");
    assertUsername(name);
  },
);

test.each(["", " a", "a ", "a\u00a0", "a\nb", "a\u2028b", "a\u2029", "a\u0000", "\u202egnp", "a\u200bb", "\ufeffa"])(
  "%j is not a name, and the error tells which member it is",
  (name) => {
    const message = expect.stringMatching(/^fullName must /);
    expect(() => assertVisibleName(name, "fullName")).toThrow(
      expect.objectContaining({ code: "invalid-parameter", message }),
    );
    expect(describeUsernameFault(name)).toBeDefined();
  },
);

test("no name that passes holds a control character, and all of it is in one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 4 }), (name) => {
      fc.pre(describeUsernameFault(name) === undefined);
      const forbidden = [...name].filter((character) => isInRanges(character.codePointAt(0) as number));
      expect(forbidden).toEqual([]);
      expect(name.trim()).toBe(name);
    }),
    { numRuns: 500 },
  );
});

/** Controls, line and paragraph separators, marks of direction. */
function isInRanges(codePoint: number): boolean {
  const ranges = [
    [0, 0x1f],
    [0x7f, 0x9f],
    [0x200e, 0x200f],
    [0x2028, 0x202e],
    [0x2066, 0x2069],
  ] as const;
  return ranges.some(([first, last]) => codePoint >= first && codePoint <= last);
}
