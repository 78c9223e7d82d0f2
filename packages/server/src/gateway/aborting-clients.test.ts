import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { defineOperation } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { findStoreProgram, type SharedStore, startSharedStore } from "@breakwater/testkit/shared-store";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bind } from "../binding.ts";
import { toConfig } from "../config/config.ts";
import type { Environment } from "../config/env.ts";
import { createMemoryLimiter, type Limiter, SharedLimiter } from "../limits/index.ts";
import { buildGateway } from "./index.ts";

const SLOTS = 3;
const LIMITS = { maxConcurrent: SLOTS, maxCalls: 1_000_000, windowSec: 3600 };
const API = "GET /test/1.0/slow";
const REQUEST = `${API} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\n\r\n`;

const slow = defineOperation({
  id: "test.slow.get",
  method: "GET",
  versions: { "1.0": "/test/1.0/slow" },
  summary: "Works until the test lets it end",
  access: { permission: "ETM API Access" },
  responses: { 200: { description: "Done" } },
});

let database: TestDatabase;
let store: SharedStore | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  if (findStoreProgram()) store = await startSharedStore();
});
afterAll(async () => {
  await database.drop();
  await store?.close();
});

async function startGateway(limiter: Limiter) {
  const finishers: (() => void)[] = [];
  let running = 0;
  let mostRunning = 0;
  const work = async () => {
    running++;
    mostRunning = Math.max(mostRunning, running);
    await new Promise<void>((resolve) => finishers.push(resolve));
    running--;
    return { value: {} };
  };
  const caller = { subscriptionId: 1, username: "u", permissions: new Set(["ETM API Access"]), scope: { kind: "all" } };
  const principal = { caller, limits: { level: "Custom", custom: LIMITS } };
  const gateway = await buildGateway({
    config: toConfig({ port: "0" } as Environment),
    bindings: [bind(slow, work)],
    db: database.open(),
    limiter,
    lifecycle: { find: () => undefined, list: () => [], profile: "lenient" } as never,
    authenticate: () => principal as never,
    clock: Date.now,
    log: pino({ level: "silent" }),
    system: { version: "0.0.0", isReady: async () => true },
  });
  const port = Number(new URL(await gateway.listen({ host: "127.0.0.1", port: 0 })).port);
  return { gateway, port, finishers, mostRunning: () => mostRunning };
}

const step = fc.oneof(
  fc.record({ do: fc.constant("call" as const), calls: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("call and leave" as const), calls: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("leave" as const), pick: fc.nat(9) }),
  fc.record({ do: fc.constant("finish" as const), pick: fc.nat(9) }),
  fc.record({ do: fc.constant("pause" as const) }),
);

test.for([
  ["in memory", () => createMemoryLimiter({ clock: Date.now })],
  ["shared", () => SharedLimiter.open({ url: (store as SharedStore).url, namespace: "aborts" })],
] as const)(
  "clients that leave at any moment leak no slot and double none, with the limiter %s",
  async ([name, openLimiter], { skip }) => {
    if (name === "shared" && !store) skip("needs valkey-server or redis-server");
    const limiter = await openLimiter();
    const { gateway, port, finishers, mostRunning } = await startGateway(limiter);
    const key = `1 ${API}`;
    const running = async () => (await limiter.peek(key, LIMITS)).running;
    const property = fc.asyncProperty(fc.array(step, { maxLength: 30, size: "max" }), async (steps) => {
      const clients: Socket[] = [];
      for (const next of steps) {
        if (next.do === "pause") await delay(1);
        else if (next.do === "finish") finishers.splice(next.pick % Math.max(1, finishers.length), 1)[0]?.();
        else if (next.do === "leave") clients.splice(next.pick % Math.max(1, clients.length), 1)[0]?.destroy();
        else {
          const client = connect(port, "127.0.0.1").on("error", () => undefined);
          client.resume();
          await once(client, "connect");
          client.write(REQUEST.repeat(next.calls));
          if (next.do === "call and leave") client.destroySoon();
          else clients.push(client);
        }
      }
      for (const client of clients) client.destroy();
      // A leaked slot would keep this from ever ending.
      do {
        for (const finish of finishers.splice(0)) finish();
        await delay(1);
        // In this order: decisions that were asked for by connections that are gone come before this look at the store.
      } while (gateway.server.connections > 0 || (await running()) > 0);
      expect(mostRunning()).toBeLessThanOrEqual(SLOTS);
    });
    await fc.assert(property, { numRuns: 40 });
    // All slots are there, and not one more.
    const decisions = await Promise.all(Array.from({ length: SLOTS + 1 }, () => limiter.decide(key, LIMITS)));
    expect(decisions.filter(({ kind }) => kind === "admitted")).toHaveLength(SLOTS);
    await gateway.close();
    await limiter.close();
  },
);
