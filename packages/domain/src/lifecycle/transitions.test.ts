import fc from "fast-check";
import { expect, test } from "vitest";
import { type LifecycleEntry, lifecycleState, lifecycleTransitions } from "./index.ts";

const date = fc.option(fc.integer({ min: 0, max: 20 }));
const entries = fc
  .record({
    eosAt: date,
    eolAt: date,
    lenientState: fc.option(fc.constantFrom("active" as const, "eos" as const, "eol" as const)),
  })
  .filter(({ eosAt, eolAt }) => eosAt === null || eolAt === null || eosAt <= eolAt)
  .map((dates): LifecycleEntry => ({ api: "GET /a", deprecatedAt: null, successor: null, ...dates }));

test("without a state that is kept, the last transition passed is the state at every time", () => {
  fc.assert(
    fc.property(entries, fc.constantFrom("lenient" as const, "strict" as const), (entry, profile) => {
      fc.pre(profile === "strict" || entry.lenientState === null);
      for (let now = 0; now <= 21; now += 1) {
        const passed = lifecycleTransitions(entry, profile).filter(({ at }) => at <= now);
        expect(lifecycleState(entry, now, profile)).toBe(passed.at(-1)?.to ?? "active");
      }
    }),
  );
});

test("a state that is kept is never left by a transition", () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const states = ["active", "eos", "eol"];
      for (const { to } of lifecycleTransitions(entry, "lenient")) {
        const kept = entry.lenientState ?? "eol";
        expect(states.indexOf(to)).toBeLessThanOrEqual(states.indexOf(kept));
      }
    }),
  );
});
