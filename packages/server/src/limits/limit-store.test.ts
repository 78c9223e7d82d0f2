import type { Limits } from "@breakwater/domain/limits/index";
import { LimiterOracle } from "@breakwater/domain/limits/limiter-oracle";
import { findStoreProgram, type SharedStore, startSharedStore } from "@breakwater/testkit/shared-store";
import fc from "fast-check";
import { Valkey } from "iovalkey";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LimitStore, type LimitStoreOptions, type StoreReply } from "./limit-store.ts";
import { createStoreScripts } from "./store-scripts.ts";

const LEASE_MS = 4000;
const HISTORY = { historyEntries: 20, historyMs: 8000 };
const CLOCK_KEY = "test-clock";

describe.skipIf(!findStoreProgram())("the store's script", () => {
  let server: SharedStore;
  let direct: Valkey;
  let store: LimitStore;
  let counters = 0;

  const options = (): LimitStoreOptions => ({
    url: server.url,
    namespace: "test",
    node: "n1",
    leaseMs: LEASE_MS,
    ...HISTORY,
    answerMs: 10_000,
    goneMs: 10_000,
    scripts: createStoreScripts(`local now = tonumber(redis.call('GET', '${CLOCK_KEY}'))`),
  });
  const openStore = async (changes: Partial<LimitStoreOptions> = {}) => {
    const opened = new LimitStore(
      { ...options(), ...changes },
      { onCalls: () => undefined, onNode: () => undefined, onClosed: () => undefined },
    );
    await opened.open(5000);
    return opened;
  };
  const setClock = (nowMs: number) => direct.set(CLOCK_KEY, nowMs);
  /** A counter that no other run used. */
  const newKey = () => `${++counters} GET /x`;

  beforeAll(async () => {
    server = await startSharedStore();
    direct = new Valkey(server.url);
    store = await openStore();
  });
  afterAll(async () => {
    await store?.close();
    direct?.disconnect();
    await server?.close();
  });

  const limitsArbitrary = fc.record({
    maxConcurrent: fc.integer({ min: 0, max: 4 }),
    maxCalls: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 5, max: HISTORY.historyEntries })),
    windowSec: fc.integer({ min: 1, max: HISTORY.historyMs / 1000 }),
  });
  const pick = fc.nat(20);
  const stepArbitrary = fc.oneof(
    { weight: 6, arbitrary: fc.constant({ do: "call" as const }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("release" as const, "renew" as const), pick }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("clock" as const),
        byMs: fc.oneof(fc.nat(1500), fc.constantFrom(0, 1, 999, 1000, 1001, 4000, 8000)),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("limits" as const), limits: limitsArbitrary }) },
  );

  /** A reply in the words of the oracle. */
  function plain({ kind, used, resetSec, running, atMs }: StoreReply, limits: Limits): unknown {
    const { maxCalls: limit, windowSec, maxConcurrent } = limits;
    const state = { kind, limit, windowSec, remaining: Math.max(0, limit - used), resetSec };
    if (kind === "admitted") return { ...state, deadlineMs: atMs + LEASE_MS };
    return kind === "blockedByRate" ? { ...state, toWaitSec: resetSec } : { ...state, running, maxConcurrent };
  }

  test("agrees with the brute-force oracle on every decision, wait, release, renewal and look", async () => {
    const property = fc.asyncProperty(
      limitsArbitrary,
      fc.array(stepArbitrary, { maxLength: 80, size: "max" }),
      async (first, steps) => {
        const oracle = new LimiterOracle(LEASE_MS);
        const key = newKey();
        const leases: number[] = [];
        let limits = first;
        let nowMs = 1_000_000;
        await setClock(nowMs);
        for (const [index, step] of steps.entries()) {
          const id = "pick" in step ? leases[step.pick % Math.max(1, leases.length)] : index;
          if (step.do === "limits") limits = step.limits;
          else if (step.do === "clock") {
            nowMs += step.byMs;
            await setClock(nowMs);
          } else if (id === undefined) continue;
          else if (step.do === "release") expect(await store.release(key, id)).toBe(oracle.release(id, nowMs));
          else if (step.do === "renew") {
            expect(await store.renew(key, id, { takeAgain: false })).toBe(oracle.renew(id, nowMs));
          } else {
            const reply = await store.decide(key, limits, id);
            const lent = { kind: reply.kind, lease: { id } } as never;
            expect(plain(reply, limits)).toEqual(oracle.decide(key, limits, nowMs, lent));
            if (reply.kind === "admitted") leases.push(id);
          }
          expect(await store.peek(key, limits)).toMatchObject(oracle.peek(key, limits, nowMs));
        }
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  test("never admits more than the limit in a window and never lets a slot lapse early, under a clock that goes back", async () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: -4000, max: 4000 }), fc.constantFrom(0, 1, 2999, 3000)), {
      maxLength: 60,
      size: "max",
    });
    const property = fc.asyncProperty(gaps, fc.integer({ min: 1, max: 12 }), async (byMs, maxCalls) => {
      const key = newKey();
      const limits = { maxConcurrent: 1000, maxCalls, windowSec: 3 };
      const admittedAt: number[] = [];
      let clockMs = 1_000_000;
      let latestMs = clockMs;
      for (const [id, gap] of byMs.entries()) {
        clockMs += gap;
        latestMs = Math.max(latestMs, clockMs);
        await setClock(clockMs);
        const reply = await store.decide(key, limits, id);
        if (reply.kind !== "admitted") continue;
        // No admission is ever noted before one that came earlier, nor in a time that no clock has shown.
        expect(reply.atMs).toBeGreaterThanOrEqual(admittedAt.at(-1) ?? 0);
        expect(reply.atMs).toBeLessThanOrEqual(latestMs);
        admittedAt.push(reply.atMs);
        expect(await store.renew(key, id, { takeAgain: false })).toBe(reply.atMs + LEASE_MS);
      }
      for (const endMs of admittedAt) {
        const inWindow = admittedAt.filter((at) => at > endMs - 3000 && at <= endMs).length;
        expect(inWindow).toBeLessThanOrEqual(maxCalls);
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("counts a call told twice once, and calls of the same moment as often as they were made", async () => {
    const limits = { maxConcurrent: 9, maxCalls: 20, windowSec: 8 };
    const times = fc.array(
      fc.nat(5).map((ms) => 1_000_000 + ms),
      { maxLength: 8 },
    );
    const property = fc.asyncProperty(times, times, async (stored, told) => {
      const key = newKey();
      const merge = (some: number[]) =>
        store.merge({ key, keepEntries: 20, keepMs: 8000, times: Float64Array.from(some).sort() });
      await setClock(1_000_010);
      for (const some of [stored, told, told, stored]) await merge(some);
      const count = (some: number[], time: number) => some.filter((other) => other === time).length;
      const union = [...new Set([...stored, ...told])];
      const expected = union.reduce((sum, time) => sum + Math.max(count(stored, time), count(told, time)), 0);
      expect((await store.peek(key, limits)).used).toBe(expected);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test("keeps a counter small, gives back all that is known of it, and forgets it in time", async () => {
    const key = newKey();
    const limits = { maxConcurrent: 9, maxCalls: 10, windowSec: 1 };
    let nowMs = 2_000_000;
    for (let call = 0; call < 500; call++) {
      nowMs += 100;
      await setClock(nowMs);
      expect((await store.decide(key, limits, call)).kind).toBe("admitted");
      await store.release(key, call);
    }
    const storeKey = `test:calls:{${key}}`;
    expect(await direct.strlen(storeKey)).toBeLessThanOrEqual(32 + 8 * (HISTORY.historyEntries * 1.5 + 1));
    expect(await direct.pttl(storeKey)).toBeGreaterThan(HISTORY.historyMs);
    expect(await direct.pttl(storeKey)).toBeLessThanOrEqual(HISTORY.historyMs + 1000);
    const histories = await Array.fromAsync(store.histories());
    const newest = Float64Array.from({ length: HISTORY.historyEntries }, (_, index) => nowMs - 1900 + index * 100);
    expect(histories.find((history) => history.key === key)).toMatchObject({ keepMs: 8000, times: newest });
  });

  test("a decision that it executes too late counts nothing", async () => {
    // The store's clock of this test runs far ahead of the node's: every command is late, also after asking the time.
    await setClock(Date.now() + 3_600_000);
    const key = newKey();
    await expect(store.decide(key, { maxConcurrent: 1, maxCalls: 1, windowSec: 1 }, 1)).rejects.toThrow("too late");
    await expect(store.beat()).rejects.toThrow("too late");
    await setClock(1_000_000);
    expect((await store.peek(key, { maxConcurrent: 1, maxCalls: 1, windowSec: 60 })).used).toBe(0);
  });

  test("works on after its scripts were flushed", async () => {
    await direct.script("FLUSH");
    const reply = await store.decide(newKey(), { maxConcurrent: 1, maxCalls: 1, windowSec: 1 }, 1);
    expect(reply.kind).toBe("admitted");
  });

  test("a node that cannot reach it is told so at once", async () => {
    const nowhere = new LimitStore(
      { ...options(), url: `${server.url}.none` },
      {
        onCalls: () => undefined,
        onNode: () => undefined,
        onClosed: () => undefined,
      },
    );
    await expect(nowhere.open(200)).rejects.toThrow(/ENOENT|cannot be reached/);
    await nowhere.close();
  });
});
