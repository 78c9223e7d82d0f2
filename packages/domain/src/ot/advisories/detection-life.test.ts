import fc from "fast-check";
import { expect, test } from "vitest";
import { type DetectionState, nextDetectionState, uniteDetectionStates } from "./detection-life.ts";

/** The state after looks at days 0, 1, … : whether each found it; null: no look. */
function after(looks: readonly (boolean | null)[]): DetectionState | undefined {
  return looks.reduce<DetectionState | undefined>(
    (state, isPresent, day) => (isPresent === null ? state : (nextDetectionState(state, isPresent, day) ?? undefined)),
    undefined,
  );
}

test("of one host seen in turns as two, the state is that of all looks", () => {
  expect(uniteDetectionStates(after([true, true])!, after([null, null, null, true])!)).toEqual({
    status: "ACTIVE",
    firstDetected: 0,
    lastDetected: 3,
    lastFixed: null,
    reopenedAt: null,
  });
  expect(uniteDetectionStates(after([true, false])!, after([null, null, true])!)).toEqual(after([true, false, true]));
  expect(uniteDetectionStates(after([true, false])!, after([null, null, true, true])!)).toEqual(
    after([true, false, true, true]),
  );
  expect(uniteDetectionStates(after([true, true])!, after([null, true, false])!)).toEqual(after([true, true]));
});

test("is the same whichever is united with which, with itself as it was, and open where either is", () => {
  const state = fc
    .array(fc.option(fc.boolean()), { minLength: 1, maxLength: 6 })
    .map(after)
    .filter((one) => one !== undefined);
  fc.assert(
    fc.property(state, state, (one, other) => {
      const united = uniteDetectionStates(one, other);
      expect(uniteDetectionStates(other, one)).toEqual(united);
      expect(uniteDetectionStates(one, one)).toEqual(one);
      expect(united.status === "FIXED").toBe(one.status === "FIXED" && other.status === "FIXED");
    }),
  );
});
