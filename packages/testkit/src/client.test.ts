import { adminClientCreate, adminClientRevoke, adminTagList, createClient, otHostCount } from "@breakwater/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MANAGER, startInstallation, type TestInstallation } from "./installation.ts";

const HOUR_MS = 3_600_000;

let installation: TestInstallation;
let nowMs = Date.UTC(2026, 0, 15);
beforeAll(async () => {
  installation = await startInstallation({ clock: () => nowMs });
});
afterAll(() => installation?.close());

test("a client outlives its tokens: five hours later its calls, several at once, go on", async () => {
  const client = installation.client();
  await client.call(adminTagList);
  nowMs += 5 * HOUR_MS;
  const answers = await Promise.all([client.call(adminTagList), client.call(otHostCount)]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);

  const token = await client.login();
  const withToken = createClient({ url: installation.url, token });
  await withToken.call(adminTagList);
  nowMs += 5 * HOUR_MS;
  await expect(withToken.call(adminTagList)).rejects.toMatchObject({ status: 401, message: "JWT expired" });
});

test("an API client's pair logs in, and no more once it is revoked", async () => {
  const manager = installation.client(MANAGER);
  const body = { name: "sdk", kind: "subscription" as const, modules: ["OT" as const] };
  const made = await manager.call(adminClientCreate, { body });
  const { clientId, clientSecret } = await made.json();
  const client = createClient({ url: installation.url, clientId, clientSecret });
  expect(await (await client.call(otHostCount)).json()).toEqual({ count: 0 });
  await expect(client.call(adminTagList)).rejects.toMatchObject({ status: 403 });

  await manager.call(adminClientRevoke, { params: { clientId } });
  await expect(client.login()).rejects.toMatchObject({ status: 401, message: "wrong client id or client secret" });
});
