import { expect, test } from "vitest";
import { KnownCalls } from "./known-calls.ts";

const LIMITS = { maxConcurrent: 9, maxCalls: 2, windowSec: 3600 };
const T = Date.UTC(2026, 0, 1);

/** Decides while the store tells that it knows one call; answers how the next call is decided, and the one after it. */
async function decideWhileReading(isWanted: boolean): Promise<string[]> {
  const calls = new KnownCalls({ historyEntries: 10, historyMs: 3_600_000 });
  const decide = (atMs: number) => calls.share.decide("key", LIMITS, { rank: 0, nodes: 1 }, 0, atMs).kind;
  const store = {
    async *histories() {
      yield { key: "key", keepEntries: 10, keepMs: 3_600_000, times: Float64Array.of(T) };
      expect([decide(T + 1), decide(T + 2)]).toEqual(["admitted", "admitted"]);
    },
  };
  await calls.read(store, () => isWanted);
  return [decide(T + 3), decide(T + 4)];
}

test("what was decided without the store while it was read is not forgotten when its answer is not wanted any more", async () => {
  expect(await decideWhileReading(false)).toEqual(["blockedByRate", "blockedByRate"]);
});

test("what the store tells takes the place of what was known", async () => {
  expect(await decideWhileReading(true)).toEqual(["admitted", "blockedByRate"]);
});
