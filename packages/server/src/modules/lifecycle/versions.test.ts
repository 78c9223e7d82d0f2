import { setImmediate } from "node:timers/promises";
import {
  adminReleaseNoteCreate,
  adminVersionList,
  adminVersionReset,
  adminVersionSet,
  otHostList,
} from "@breakwater/contract";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openLifecycle } from "./index.ts";
import { createTransitionTask } from "./transitions.ts";

const V1 = "GET /ot/v1/host/list";
const V10 = "GET /ot/1.0/host/list";
let now = Date.UTC(2026, 5, 1);
let installation: TestInstallation;

beforeAll(async () => {
  installation = await startInstallation({ clock: () => now });
  await sql`UPDATE subscription SET service_level = 'Custom', rate_limit = 100000, concurrency_limit = 100`.execute(
    installation.db.write,
  );
});
afterAll(() => installation.close());
beforeEach(async () => {
  const manager = installation.client();
  for (const api of [V1, V10]) await manager.call(adminVersionReset, { body: { api } });
  await sql`DELETE FROM webhook`.execute(installation.db.write);
  await sql`DELETE FROM told_notice`.execute(installation.db.write);
});

const set = (body: object) => installation.client().call(adminVersionSet, { body: body as never });

const listen = () =>
  sql`INSERT INTO webhook (subscription_id, url, secret, created_by)
      VALUES (1, 'http://127.0.0.1:1/', 'whsec_AAAA', 'test')`.execute(installation.db.write);

async function listMessages(): Promise<[type: string, api: string][]> {
  const { rows } = await sql<{ body: string }>`
    SELECT body FROM webhook_delivery ORDER BY created_at, body COLLATE "C"`.execute(installation.db.read);
  return rows.map(({ body }) => {
    const { type, data } = JSON.parse(body) as { type: string; data: { api: string } };
    return [type, data.api];
  });
}

test("an edit acts on this node at once and on another without being told", async () => {
  const other = await openLifecycle({ db: installation.db, clock: () => now, log: pino({ level: "silent" }) });
  await set({ api: V10, eosAt: "2026-01-01", successor: "/ot/1.0/host/count" });
  const { headers } = await installation.client().call(otHostList, { version: "1.0" });
  expect(headers.get("deprecation")).toBe(`@${Date.UTC(2026, 0, 1) / 1000}`);
  const before = Date.now();
  while (!other.find(V10) && Date.now() - before < 10_000) {
    await other.freshen();
    await setImmediate();
  }
  expect(other.find(V10)).toMatchObject({ eosAt: Date.UTC(2026, 0, 1), isEdited: true });
});

test("an edit survives a restart, a reset brings the shipped dates back", async () => {
  await set({ api: V1, eolAt: "2030-01-01" });
  await installation.restart();
  const edited = await installation.client().call(adminVersionSet, { body: { api: V1, deprecatedAt: "2025-01-01" } });
  expect(await edited.json()).toMatchObject({ eolAt: "2030-01-01T00:00:00.000Z", isEdited: true, state: "eos" });
  const reset = await installation.client().call(adminVersionReset, { body: { api: V1 } });
  expect(await reset.json()).toMatchObject({
    deprecatedAt: null,
    eosAt: "2025-07-01T00:00:00.000Z",
    eolAt: "2026-01-01T00:00:00.000Z",
    isEdited: false,
    state: "eos",
  });
});

test.each([
  [{ api: "GET /ot/v2/host/list", eosAt: null }, /nearest is GET \/ot\/v1\/host\/list/],
  [{ api: V10, successor: "/ot/1.0/host/lst" }, /successor: .*nearest is \/ot\/1\.0\/host\/list/],
  [{ api: V10, successor: "/ot/1.0/host/list" }, /successor must be another operation/],
  [{ api: V10, eosAt: "2026-02-01", eolAt: "2026-01-01" }, /eosAt must not be after eolAt/],
  [{ api: V10, deprecatedAt: "2027-01-01", eosAt: "2026-01-01" }, /deprecatedAt must not be after eosAt/],
  [{ api: V1, eosAt: "2026-02-01" }, /eosAt must not be after eolAt/],
  [{ api: V10, eosAt: "tomorrow" }, /eosAt must be a date/],
  [{ api: V10 }, /give at least one/],
  [{ api: "POST /auth", eolAt: "2030-01-01" }, /eolAt: POST \/auth must not end: .*nobody could take the date back/],
  [{ api: "PUT /admin/1.0/version/set", eolAt: "2030-01-01" }, /must not end/],
  [{ api: "POST /admin/1.0/version/reset", eolAt: "2030-01-01" }, /must not end/],
  [{ api: V10, eosAt: 5e15 }, /eosAt/],
  [{ api: V10, successor: "a\0b" }, /successor/],
])("%j is refused", async (body, message) => {
  await expect(set(body)).rejects.toMatchObject({ status: 400, message: expect.stringMatching(message) });
});

test("only the operator's Managers change what holds for the installation; a tenant's look at it", async () => {
  const { db } = installation;
  // The tenant's Manager has the operator's password.
  await sql`
    WITH tenant AS (INSERT INTO subscription (name) VALUES ('tenant') RETURNING id),
    tenant_role AS (
      INSERT INTO role (subscription_id, name, has_api_access, has_ui_access, permissions)
      SELECT t.id, r.name, r.has_api_access, r.has_ui_access, r.permissions FROM role r, tenant t WHERE r.name = 'Manager'
      RETURNING subscription_id, id)
    INSERT INTO app_user (subscription_id, username, password_hash, role_id, has_full_scope)
    SELECT r.subscription_id, 'tenant_mgr', u.password_hash, r.id, true FROM tenant_role r, app_user u`.execute(
    db.write,
  );
  const tenant = installation.client({ ...MANAGER, username: "tenant_mgr" });
  expect((await tenant.call(adminVersionList)).count).toBeGreaterThan(10);
  const refusal = { status: 403, message: "Version Management Access in the operator's subscription is required" };
  await expect(tenant.call(adminVersionSet, { body: { api: V10, eosAt: null } })).rejects.toMatchObject(refusal);
  await expect(tenant.call(adminVersionReset, { body: { api: V10 } })).rejects.toMatchObject(refusal);
  const note = { title: "t", text: "x" };
  await expect(tenant.call(adminReleaseNoteCreate, { body: note })).rejects.toMatchObject(refusal);
});

test("edits at the same moment are all kept", async () => {
  await Promise.all([
    set({ api: V10, deprecatedAt: "2027-01-01" }),
    set({ api: V10, eosAt: "2028-01-01" }),
    set({ api: V10, eolAt: "2029-01-01" }),
    set({ api: V10, successor: "/ot/v1/host/list" }),
  ]);
  const last = await set({ api: V10, deprecatedAt: "2027-01-02" });
  expect(await last.json()).toMatchObject({
    deprecatedAt: "2027-01-02T00:00:00.000Z",
    eosAt: "2028-01-01T00:00:00.000Z",
    eolAt: "2029-01-01T00:00:00.000Z",
    successor: "/ot/v1/host/list",
  });
});

test("webhooks are told of an edit at once, and of each transition when its time has come, once for all nodes", async () => {
  await listen();
  await set({ api: V10, eosAt: "2026-07-01", eolAt: "2026-08-01" });
  const announced = ["api.announced", V10];
  // The reset before this test took back what was told of the shipped dates.
  const shipped = ["api.eos", V1];
  const told = async () => (await listMessages()).filter(([, api]) => api === V10 || api === V1);
  expect(await told()).toEqual([announced, shipped]);
  const node = () =>
    createTransitionTask({
      db: installation.db,
      clock: () => now,
      profile: "lenient",
      jobs: () => ({ enqueue: async () => undefined }),
    });
  const look = async () => {
    const [first, second] = [node(), node()];
    const keys = await first.listUnfinished();
    const control = { signal: new AbortController().signal };
    await Promise.all(keys.flatMap((key) => [first.run(key, control), second.run(key, control)]));
    return keys.length;
  };
  expect(await look()).toBe(0);
  now = Date.UTC(2026, 6, 1);
  await look();
  expect(await look()).toBe(0);
  expect(await told()).toEqual([announced, shipped, ["api.eos", V10]]);
  now = Date.UTC(2026, 7, 1);
  await look();
  expect((await told()).at(-1)).toEqual(["api.eol", V10]);
  // A date that is moved is a transition of its own.
  now = Date.UTC(2026, 8, 1);
  await set({ api: V10, eolAt: "2026-08-15" });
  expect((await told()).slice(-2).map(([type]) => type)).toEqual(["api.announced", "api.eol"]);
  now = Date.UTC(2026, 5, 1);
});
