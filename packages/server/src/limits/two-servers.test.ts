import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@breakwater/client";
import { adminLimitSet, otHostCount } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { MANAGER } from "@breakwater/testkit/installation";
import { findStoreProgram, type SharedStore, startSharedStore } from "@breakwater/testkit/shared-store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type App, createApp, createLogger, type Environment, toConfig } from "../index.ts";

/** The whole product twice, over one database and one store. */
describe.skipIf(!findStoreProgram())("two servers", () => {
  let store: SharedStore;
  let database: TestDatabase;
  let dataDir: string;
  const apps: App[] = [];
  const urls: string[] = [];

  beforeAll(async () => {
    store = await startSharedStore();
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), "breakwater-two-"));
    for (const name of ["first", "second"]) {
      const config = toConfig({
        dataDir: join(dataDir, name),
        port: "0",
        valkeyUrl: store.url,
        adminUsername: MANAGER.username,
        adminPassword: MANAGER.password,
      } as Environment);
      const app = await createApp({ config, db: database.open(), log: createLogger("silent") });
      apps.push(app);
      urls.push(await app.gateway.listen({ host: "127.0.0.1", port: 0 }));
    }
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await database.drop();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const clientOf = (node: number) => createClient({ url: urls[node] as string, ...MANAGER });
  async function remainingAt(node: number): Promise<number> {
    const { headers } = await clientOf(node).call(otHostCount, {});
    return Number(headers.get("x-ratelimit-remaining"));
  }
  async function readMetric(node: number, name: string): Promise<number> {
    const text = await (await fetch(`${urls[node]}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  }
  const until = async (isSo: () => Promise<boolean>) => {
    while (!(await isSo())) await delay(20);
  };

  test("count together, hear of a change within a second, and go on within their parts while the store is away", async () => {
    const remaining = [await remainingAt(0), await remainingAt(1), await remainingAt(0), await remainingAt(1)];
    expect(remaining).toEqual([299, 298, 297, 296]);

    await clientOf(0).call(adminLimitSet, {
      body: { api: "GET /ot/1.0/host/count", rate: { calls: 20, windowSec: 3600 } },
    });
    expect(await remainingAt(0)).toBe(15);
    await until(async () => (await remainingAt(1)) < 20);
    const left = await remainingAt(0);
    await until(async () => (await readMetric(0, "breakwater_limiter_nodes")) === 2);

    store.suspend();
    const alone = [await remainingAt(0), await remainingAt(1)];
    // Each has half of what is left, and has used one of it.
    expect((alone[0] as number) + (alone[1] as number)).toBe(left - 2);
    expect(await readMetric(0, "breakwater_limiter_store_up")).toBe(0);
    expect(await readMetric(0, "breakwater_limiter_degraded_decisions_total")).toBeGreaterThan(0);
    store.resume();
    await until(async () => (await readMetric(0, "breakwater_limiter_store_up")) === 1);
    await until(async () => (await readMetric(1, "breakwater_limiter_store_up")) === 1);
  });
});
