import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Lease, Limits } from "@breakwater/domain/limits/index";
import { hammer } from "@breakwater/testkit/node-hammer";
import { findStoreProgram, type SharedStore, startSharedStore } from "@breakwater/testkit/shared-store";
import { afterEach, describe, expect, test } from "vitest";
import { SharedLimiter, type SharedLimiterOptions } from "./index.ts";

const KEY = "1 GET /ot/1.0/host/list";
const WIDE: Limits = { maxConcurrent: 10_000, maxCalls: 100, windowSec: 3600 };

describe.skipIf(!findStoreProgram())("several nodes over one store", () => {
  let server: SharedStore | undefined;
  const nodes: SharedLimiter[] = [];
  const told: string[] = [];

  afterEach(async () => {
    server?.resume();
    await Promise.all(nodes.splice(0).map((node) => node.close()));
    await server?.close();
    told.length = 0;
  });

  async function start(count: number, options: { isDurable?: boolean } & Partial<SharedLimiterOptions> = {}) {
    const { isDurable = false, ...limiterOptions } = options;
    server = await startSharedStore({ isDurable });
    for (let index = 0; index < count; index++) {
      const node = await SharedLimiter.open({
        url: server.url,
        namespace: "test",
        beatMs: 100,
        probeMs: 20,
        onLost: () => told.push("lost"),
        onBack: () => told.push("back"),
        ...limiterOptions,
      });
      nodes.push(node);
    }
    await until(() => nodes.every((node) => node.measure().store?.nodes === count));
    return server;
  }

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await delay(10);
  }
  const areAll = (mode: SharedLimiter["mode"]) => () => nodes.every((node) => node.mode === mode);

  /** Calls until the node blocks, one after the other; how many were admitted. */
  async function drain(node: SharedLimiter, limits = WIDE, atMost = 1000): Promise<number> {
    for (let admitted = 0; admitted < atMost; admitted++) {
      const decision = await node.decide(KEY, limits);
      if (decision.kind !== "admitted") return admitted;
      await node.release(decision.lease);
    }
    return atMost;
  }
  const drainAll = async () => {
    const counts = await Promise.all(nodes.map((node) => drain(node)));
    return counts.reduce((sum, count) => sum + count);
  };

  test("never admit more than the limit together, nor run more at once", async () => {
    await start(4);
    const limits = { maxConcurrent: 3, maxCalls: 200, windowSec: 3600 };
    let running = 0;
    let admitted = 0;
    const caller = async (node: SharedLimiter) => {
      for (let call = 0; call < 100; call++) {
        const decision = await node.decide(KEY, limits);
        if (decision.kind !== "admitted") continue;
        admitted++;
        expect(++running).toBeLessThanOrEqual(3);
        await new Promise(setImmediate);
        running--;
        await node.release(decision.lease);
      }
    };
    await Promise.all(nodes.flatMap((node) => [caller(node), caller(node), caller(node)]));
    const rest = await drain(nodes[0] as SharedLimiter, limits);
    expect(admitted + rest).toBe(200);
    expect(await nodes[3]?.peek(KEY, limits)).toMatchObject({ used: 200, remaining: 0, running: 0 });
    expect(told).toEqual([]);
  });

  test("in four processes never admit more than the limit together", async () => {
    const { url } = await start(1);
    const limits = { maxConcurrent: 20, maxCalls: 1000, windowSec: 3600 };
    const order = { url, namespace: "test", key: KEY, limits, lanes: 8, callsPerLane: 100 };
    const reports = await hammer(order, 4);
    expect(reports.reduce((sum, { calls }) => sum + calls, 0)).toBe(3200);
    const admitted = reports.reduce((sum, report) => sum + report.admitted, 0);
    // Those that found no free slot were not admitted; what is left goes now.
    expect(admitted + (await drain(nodes[0] as SharedLimiter, limits, 2000))).toBe(1000);
  });

  test.each([
    ["suspended and resumed", false, (store: SharedStore) => store.suspend(), (store: SharedStore) => store.resume()],
    [
      "killed and started with its data",
      true,
      (store: SharedStore) => store.kill(),
      (store: SharedStore) => store.start(),
    ],
    ["killed and started empty", false, (store: SharedStore) => store.kill(), (store: SharedStore) => store.start()],
  ])("with the store %s, hold the limit before, without and after it", async (_, isDurable, stop, startAgain) => {
    const store = await start(3, { isDurable });
    const [first, second] = nodes as [SharedLimiter, SharedLimiter];
    expect(await drain(first, WIDE, 30)).toBe(30);
    expect(await drain(second, WIDE, 11)).toBe(11);
    await stop(store);
    // 59 are left: 19 or 20 for each node.
    const alone = await Promise.all(nodes.map((node) => drain(node)));
    expect(alone.toSorted()).toEqual([19, 20, 20]);
    expect(areAll("alone")()).toBe(true);
    expect(await first.peek(KEY, WIDE)).toMatchObject({ remaining: 0 });
    await startAgain(store);
    await until(areAll("shared"));
    expect(await drainAll()).toBe(0);
    expect(await first.peek(KEY, WIDE)).toMatchObject({ used: 100, remaining: 0, running: 0 });
    expect(told.toSorted()).toEqual(["back", "back", "back", "lost", "lost", "lost"]);
  });

  test("called without a pause through two outages, admit the limit in all and no more", async () => {
    const store = await start(3);
    const limits = { ...WIDE, maxCalls: 6000 };
    let admitted = 0;
    let isOver = false;
    const callers = nodes.map(async (node) => {
      while (!isOver) {
        const count = await drain(node, limits, 2);
        admitted += count;
        await delay(5);
      }
    });
    const more = (count: number) => {
      const before = admitted;
      return until(() => admitted > before + count);
    };
    for (let round = 0; round < 2; round++) {
      await more(100);
      await store.kill();
      await until(areAll("alone"));
      await more(50);
      await store.start();
      await until(areAll("shared"));
    }
    isOver = true;
    await Promise.all(callers);
    for (const node of nodes) admitted += await drain(node, limits, limits.maxCalls);
    expect(admitted).toBeLessThanOrEqual(limits.maxCalls);
    // What was in flight when the store was killed, or came while it was read, may have been counted twice.
    expect(admitted).toBeGreaterThan(limits.maxCalls - 50);
  });

  test("the first to find the store again leaves to the others what they used without it, until they have told", async () => {
    const store = await start(1);
    nodes.push(await SharedLimiter.open({ url: store.url, namespace: "test", probeMs: 1000 }));
    const [early, late] = nodes as [SharedLimiter, SharedLimiter];
    await until(() => early.measure().store?.nodes === 2);
    await store.kill();
    expect([await drain(early), await drain(late)]).toEqual([50, 50]);
    await store.start();
    await until(() => early.mode !== "alone");
    expect([early.mode, late.mode]).toEqual(["guarded", "alone"]);
    expect(await early.peek(KEY, WIDE)).toMatchObject({ used: 50, remaining: 50 });
    expect(await drain(early)).toBe(0);
    await until(areAll("shared"));
    expect(await drainAll()).toBe(0);
    expect(await early.peek(KEY, WIDE)).toMatchObject({ used: 100 });
  });

  test("give nobody a new quota: what one node used up is used up for the others too", async () => {
    const store = await start(2);
    expect(await drain(nodes[0] as SharedLimiter)).toBe(100);
    await until(() => told.length === 0 && nodes[1]?.measure().counters === 1);
    await store.kill();
    expect(await drainAll()).toBe(0);
    expect(await nodes[1]?.decide(KEY, WIDE)).toMatchObject({ kind: "blockedByRate", toWaitSec: 3600 });
  });

  test("a node that starts later knows the calls made before", async () => {
    const store = await start(1);
    await drain(nodes[0] as SharedLimiter, WIDE, 60);
    nodes.push(await SharedLimiter.open({ url: store.url, namespace: "test", probeMs: 20 }));
    await until(() => nodes.every((node) => node.measure().store?.nodes === 2));
    await store.kill();
    expect(await drainAll()).toBe(40);
  });

  test("slots given before, without and after the store are each given back once", async () => {
    const store = await start(1);
    const node = nodes[0] as SharedLimiter;
    const limits = { ...WIDE, maxConcurrent: 2 };
    const take = async (): Promise<Lease> => {
      const decision = await node.decide(KEY, limits);
      if (decision.kind !== "admitted") throw new Error(decision.kind);
      return decision.lease;
    };
    const before = await take();
    await store.kill();
    const without = await take();
    expect(await node.decide(KEY, limits)).toMatchObject({ kind: "blockedByConcurrency", running: 2 });
    expect(await node.release(before)).toBe(true);
    expect(await node.release(before)).toBe(false);
    const another = await take();
    await store.start();
    await until(areAll("shared"));
    expect(await node.peek(KEY, limits)).toMatchObject({ running: 2 });
    expect(await node.decide(KEY, limits)).toMatchObject({ kind: "blockedByConcurrency", running: 2 });
    for (const lease of [without, another]) expect(await node.release(lease)).toBe(true);
    for (const lease of [without, another]) expect(await node.release(lease)).toBe(false);
    expect(await node.peek(KEY, limits)).toMatchObject({ running: 0, used: 3 });
  });

  test("a slot given back while a surviving store is away is free once it returns", async () => {
    const store = await start(1);
    const node = nodes[0] as SharedLimiter;
    const decision = await node.decide(KEY, WIDE);
    if (decision.kind !== "admitted") throw new Error(decision.kind);
    store.suspend();
    expect(await node.release(decision.lease)).toBe(true);
    await node.decide(KEY, WIDE);
    store.resume();
    await until(areAll("shared"));
    // The one that still runs was admitted without the store.
    expect(await node.peek(KEY, WIDE)).toMatchObject({ running: 1 });
  });

  test("running work keeps its slot beyond the length of a lease; a killed node's slots come back within it", async () => {
    const store = await start(1, { leaseMs: 600 });
    const [node] = nodes as [SharedLimiter];
    const one = { ...WIDE, maxConcurrent: 1 };
    const kept = await node.decide("kept", one);
    const startedMs = Date.now();

    const victim = fileURLToPath(new URL("./node-victim.fixture.ts", import.meta.url));
    const args = [victim, store.url, "test", "600", "victim"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    expect(line).toBe("admitted");
    await until(() => Date.now() > startedMs + 1500);
    for (const key of ["kept", "victim"]) {
      expect(await node.decide(key, one)).toMatchObject({ kind: "blockedByConcurrency", running: 1 });
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    await until(async () => (await node.decide("victim", one)).kind === "admitted");
    expect(await node.decide("kept", one)).toMatchObject({ kind: "blockedByConcurrency", running: 1 });
    expect(kept.kind === "admitted" && (await node.release(kept.lease))).toBe(true);
  });

  test("limits of zero refuse, unusable ones throw, with and without the store", async () => {
    const store = await start(1);
    const node = nodes[0] as SharedLimiter;
    const broken = { ...WIDE, maxCalls: Number.NaN };
    for (const isThere of [true, false]) {
      if (!isThere) await store.kill();
      const none = await node.decide(KEY, { ...WIDE, maxCalls: 0 });
      expect(none).toMatchObject({ kind: "blockedByRate", limit: 0, remaining: 0, toWaitSec: 3600 });
      expect((await node.decide(KEY, { ...WIDE, maxConcurrent: 0 })).kind).toBe("blockedByConcurrency");
      expect(() => node.decide(KEY, broken)).toThrow(RangeError);
    }
    expect(node.measure()).toMatchObject({ isKept: false, store: { isUp: false, degradedDecisions: 2, nodes: 1 } });
  });

  test("a node does not start without the store", async () => {
    const store = await start(1);
    await store.kill();
    const opened = SharedLimiter.open({ url: store.url, namespace: "test", openMs: 100 });
    await expect(opened).rejects.toThrow("BREAKWATER_VALKEY_URL");
  });
});
