import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type App, createApp } from "../../app.ts";
import { toConfig } from "../../config/config.ts";
import type { Environment } from "../../config/env.ts";
import { createLogger } from "../../index.ts";
import { AccountWorld, PASSWORD } from "./accounts.fixture.ts";

/** Two nodes over one database, each with its port; time stands still until a test moves it. */
const world = new AccountWorld();
const NEXT_PASSWORD = "another-long-password-2";
const nodes: { app: App; url: string; dataDir: string }[] = [];

beforeAll(async () => {
  for (let count = 0; count < 2; count++) {
    const dataDir = await mkdtemp(join(tmpdir(), "breakwater-node-"));
    const config = toConfig({ dataDir, port: "0" } as Environment);
    const app = await createApp({ config, db: world.db, clock: world.clock, log: createLogger("silent") });
    nodes.push({ app, dataDir, url: await app.gateway.listen({ host: "127.0.0.1", port: 0 }) });
  }
});
afterAll(async () => {
  for (const { app, dataDir } of nodes) {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});

const post = (node: number, path: string, fields: Record<string, string>) =>
  fetch(`${nodes[node]?.url}${path}`, { method: "POST", body: new URLSearchParams(fields) });
const logIn = async (node: number, username: string, password = PASSWORD) => {
  const response = await post(node, "/auth", { username, password });
  return { status: response.status, token: await response.text() };
};
const call = async (node: number, token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${nodes[node]?.url}/ot/1.0/host/list`, { headers })).status;
};

const endings: Record<string, (id: number, username: string) => Promise<unknown>> = {
  "the user is deactivated": (id) => world.setUser(id, { status: "INACTIVE" }),
  "the user is locked": (id) => world.setUser(id, { status: "LOCKED" }),
  "the role loses API access": async (id) => {
    const contact = await world.addUser("a contact", { role: "Contact" });
    await world.copyRole(contact, id);
  },
  "the user is deleted": (id) => world.deleteUser(id),
  "an administrator sets a password": (id) => world.setUser(id, { token_generation: 1 }),
  "the allow-list leaves the caller's address out": () => world.setPolicy({ allowed_addresses: ["192.0.2.1"] }),
  "too many wrong passwords lock the user": async (_, username) => {
    await world.setPolicy({ lockout_threshold: 3 });
    for (let count = 0; count < 3; count++) expect((await logIn(0, username, "wrong")).status).toBe(401);
  },
  "the user changes the own password": async (_, username) => {
    const fields = { username, password: PASSWORD, newPassword: NEXT_PASSWORD };
    expect((await post(0, "/auth/password", fields)).status).toBe(204);
  },
};

test.each(Object.entries(endings))(
  "%s on one node: a second later its tokens are refused on every other",
  async (what, end) => {
    const username = `user of "${what}"`;
    const id = await world.addUser(username);
    const { token } = await logIn(0, username);
    expect([await call(0, token), await call(1, token)]).toEqual([200, 200]);
    await end(id, username);
    world.nowMs += 1000;
    expect([await call(0, token), await call(1, token)]).toEqual([401, 401]);
    await world.setPolicy({ allowed_addresses: [] });
  },
);

test("a role that is taken away acts on every node within a second", async () => {
  const id = await world.addUser("demoted");
  const admin = await world.addUser("an administrator", { role: "User Administrator" });
  const { token } = await logIn(0, "demoted");
  expect(await call(1, token)).toBe(200);
  await world.copyRole(admin, id);
  world.nowMs += 1000;
  expect([await call(0, token), await call(1, token)]).toEqual([403, 403]);
});

test("after a change of password the new token is good at once on nodes that still remember the old state", async () => {
  await world.addUser("fresh");
  const before = (await logIn(0, "fresh")).token;
  expect([await call(0, before), await call(1, before)]).toEqual([200, 200]);
  const fields = { username: "fresh", password: PASSWORD, newPassword: NEXT_PASSWORD };
  expect((await post(0, "/auth/password", fields)).status).toBe(204);
  const { token } = await logIn(1, "fresh", NEXT_PASSWORD);
  expect([await call(0, token), await call(1, token)]).toEqual([200, 200]);
  expect([await call(0, before), await call(1, before)]).toEqual([401, 401]);
});

test("when a lock is over its user's tokens are good again", async () => {
  await world.setPolicy({ lockout_threshold: 1, lockout_minutes: 1 });
  await world.addUser("back");
  const { token } = await logIn(0, "back");
  await logIn(0, "back", "wrong");
  world.nowMs += 1000;
  expect(await call(1, token)).toBe(401);
  world.nowMs += 60_000;
  expect(await call(1, token)).toBe(200);
});
