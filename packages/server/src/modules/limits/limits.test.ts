import {
  adminLimitExceptionDelete,
  adminLimitList,
  adminLimitSet,
  adminSubscriptionUpdate,
} from "@breakwater/contract";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

const COUNT = "GET /ot/1.0/host/count";
let installation: TestInstallation;
let other: number;

beforeAll(async () => {
  // A clock that stands still: what is believed of callers would never be read anew by itself.
  installation = await startInstallation({ clock: () => Date.UTC(2026, 5, 1) });
  const { rows } = await sql<{ id: number }>`
    INSERT INTO subscription (name) VALUES ('second') RETURNING id`.execute(installation.db.write);
  other = (rows[0] as { id: number }).id;
});
afterAll(() => installation.close());
afterEach(async () => {
  await sql`DELETE FROM api_limit`.execute(installation.db.write);
  await set({ level: "Standard" });
});

async function set(body: object) {
  return (await installation.client().call(adminLimitSet, { body: body as never })).json();
}
async function list(subscriptionId?: number) {
  const query = subscriptionId === undefined ? {} : { subscriptionId };
  return (await installation.client().call(adminLimitList, { query })).json();
}
const apiOf = async (api: string, subscriptionId?: number) =>
  (await list(subscriptionId)).apis.find((entry) => entry.api === api);
const refusal = (body: object) =>
  set(body).then(
    () => "none",
    (error: Error) => error.message,
  );

test("shows level, numbers and what is used and runs of each API", async () => {
  const limits = await list();
  expect(limits).toMatchObject({
    subscriptionId: 1,
    level: "Standard",
    rate: { calls: 300, windowSec: 3600 },
    concurrency: 2,
  });
  const own = limits.apis.find(({ api }) => api === "GET /admin/1.0/limit/list");
  expect(own).toMatchObject({ isException: false, used: 1, remaining: 299, running: 1, resetSec: 3600 });
  const before = await apiOf(COUNT);
  expect(await apiOf(COUNT)).toEqual(before);
  expect(limits.apis.some(({ api }) => api === "POST /auth")).toBe(false);
});

test("a level, then numbers of its own that keep what is not given, then a level again", async () => {
  expect(await set({ level: "Premium" })).toMatchObject({ level: "Premium", rate: { calls: 2000 }, concurrency: 10 });
  expect(await set({ rate: { calls: 70, windowSec: 7 } })).toMatchObject({
    level: "Custom",
    rate: { calls: 70, windowSec: 7 },
    concurrency: 10,
  });
  expect(await set({ level: "Custom", concurrency: 3 })).toMatchObject({
    level: "Custom",
    rate: { calls: 70, windowSec: 7 },
    concurrency: 3,
  });
  expect(await set({ level: "Express" })).toMatchObject({
    level: "Express",
    rate: { calls: 50, windowSec: 86_400 },
    concurrency: 1,
  });
  expect(await set({ concurrency: 2 })).toMatchObject({ level: "Custom", rate: { calls: 50, windowSec: 86_400 } });
});

test("an exception holds for its API alone, keeps what is not given, and can be taken away", async () => {
  await set({ api: COUNT, rate: { calls: 5, windowSec: 10 } });
  await set({ api: COUNT, concurrency: 1 });
  expect(await apiOf(COUNT)).toMatchObject({ isException: true, rate: { calls: 5, windowSec: 10 }, concurrency: 1 });
  expect(await apiOf("GET /ot/1.0/host/list")).toMatchObject({ isException: false, rate: { calls: 300 } });
  const client = installation.client();
  await client.call(adminLimitExceptionDelete, { query: { api: COUNT } });
  expect(await apiOf(COUNT)).toMatchObject({
    isException: false,
    rate: { calls: 300, windowSec: 3600 },
    concurrency: 2,
  });
  const again = client.call(adminLimitExceptionDelete, { query: { api: COUNT } });
  await expect(again).rejects.toThrow("has no exception");
});

test("a level given with the subscription acts on the next call", async () => {
  const client = installation.client();
  await client.call(adminSubscriptionUpdate, { params: { subscriptionId: 1 }, body: { serviceLevel: "Premium" } });
  const { headers } = await client.call(adminLimitList, { query: {} });
  expect(headers.get("x-ratelimit-limit")).toBe("2000");
});

test("the operator sets those of another subscription, and only them", async () => {
  expect(await set({ subscriptionId: other, level: "Enterprise" })).toMatchObject({
    subscriptionId: other,
    level: "Enterprise",
  });
  await set({ subscriptionId: other, api: COUNT, concurrency: 4 });
  expect(await apiOf(COUNT, other)).toMatchObject({ concurrency: 4, rate: { calls: 750 } });
  expect((await list()).level).toBe("Standard");
  expect(await apiOf(COUNT)).toMatchObject({ isException: false });
  expect(await refusal({ subscriptionId: 4711, level: "Express" })).toContain("no subscription 4711");
});

test("an exception for an API that is no more is shown and can be deleted", async () => {
  const gone = "GET /ot/v0/host/list";
  await sql`INSERT INTO api_limit (subscription_id, api, rate_limit) VALUES (1, ${gone}, 9)`.execute(
    installation.db.write,
  );
  expect(await apiOf(gone)).toMatchObject({ isException: true, rate: { calls: 9 } });
  await installation.client().call(adminLimitExceptionDelete, { query: { api: gone } });
  expect(await apiOf(gone)).toBeUndefined();
});

test.each([
  [{}, "nothing to set"],
  [{ level: "Custom" }, "nothing to set"],
  [{ level: "Premium", concurrency: 1 }, "Premium has its own numbers"],
  [{ api: COUNT, level: "Premium" }, "no level of its own"],
  [{ api: "GET /ot/1.0/host/lst", concurrency: 1 }, "the nearest is GET /ot/1.0/host/list"],
  [{ api: "POST /auth", concurrency: 1 }, "no limits are kept"],
  [{ api: "\0", concurrency: 1 }, "no limits are kept"],
  [{ concurrency: 0 }, "concurrency"],
  [{ rate: { calls: 0, windowSec: 1 } }, "calls"],
  [{ rate: { calls: 1, windowSec: 0 } }, "windowSec"],
  [{ rate: { calls: 10_000_001, windowSec: 1 } }, "calls"],
  [{ rate: { calls: 1 } }, "windowSec"],
  [{ level: "Gold" }, "level"],
  [{ subscriptionId: 3_000_000_000, level: "Express" }, "subscriptionId"],
])("refuses %o and says why", async (body, reason) => {
  expect(await refusal(body)).toContain(reason);
  expect((await list()).level).toBe("Standard");
});

test("every change is in the audit log", async () => {
  await set({ subscriptionId: other, api: COUNT, rate: { calls: 5, windowSec: 10 } });
  await installation.client().call(adminLimitExceptionDelete, { query: { subscriptionId: other, api: COUNT } });
  const { rows } = await sql<{ action: string; target: string; detail: unknown }>`
    SELECT action, target, detail FROM audit_event WHERE action LIKE 'admin.limit%' ORDER BY id DESC LIMIT 2
  `.execute(installation.db.read);
  const target = `subscription ${other}`;
  expect(rows).toEqual([
    { action: "admin.limit-exception.delete", target, detail: { subscriptionId: other, api: COUNT } },
    { action: "admin.limit.set", target, detail: { subscriptionId: other, api: COUNT, calls: 5, windowSec: 10 } },
  ]);
});
