import { beforeEach, expect } from "vitest";
import { Accounts, callStatus, changePassword, PASSWORD, REFUSED, tryLogIn } from "../accounts.ts";
import { bodyOf, call, logIn } from "../http.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const clock = new HandClock("2025-09-01T08:00:00Z");
// What stands before the server names the client's address.
const target = useOwnTarget({ clock: clock.read, environment: { trustedProxies: "127.0.0.1" } });
const accounts = new Accounts(target);
const NEXT_PASSWORD = "a-new-pass-phrase-2";
const DAY_SEC = 86_400;

// The guard of an address forgets within the hour what the test before it got wrong.
beforeEach(() => clock.advance(3600));

const statusOf = async (username: string, password = PASSWORD) =>
  (await tryLogIn(target, { username, password })).status;

ownTest("platform 3 [B]: so many wrong passwords lock, for the minutes of the policy", async () => {
  await accounts.setPolicy({ lockoutThreshold: 4, lockoutMinutes: 10 });
  await accounts.create("locked_out");
  for (let count = 0; count < 3; count++) expect(await statusOf("locked_out", "wrong")).toBe(401);
  expect(await statusOf("locked_out")).toBe(201);
  for (let count = 0; count < 4; count++) expect(await statusOf("locked_out", "wrong")).toBe(401);
  clock.advance(599);
  expect(await statusOf("locked_out")).toBe(401);
  clock.advance(1);
  expect(await statusOf("locked_out")).toBe(201);
});

ownTest("platform 3 [B]: with 0 minutes a lock lasts until a Manager unlocks, also over a restart", async () => {
  await accounts.setPolicy({ lockoutThreshold: 2, lockoutMinutes: 0 });
  const id = await accounts.create("for_long");
  expect(await statusOf("for_long", "wrong")).toBe(401);
  await target.restart();
  expect(await statusOf("for_long", "wrong")).toBe(401);
  clock.advance(400 * DAY_SEC);
  await target.restart();
  expect(await statusOf("for_long")).toBe(401);
  await accounts.change(id, { status: "ACTIVE" });
  expect(await statusOf("for_long")).toBe(201);
});

ownTest("platform 3 [B]: a password expires at its age, and then is good for changing it only", async () => {
  const login = { username: "aging", password: PASSWORD };
  await accounts.create(login.username);
  await accounts.setPolicy({ passwordMaxAgeDays: 90 });
  clock.advance(90 * DAY_SEC - 1);
  expect(await statusOf("aging")).toBe(201);
  clock.advance(1);
  expect(await statusOf("aging")).toBe(401);
  expect((await changePassword(target, login, NEXT_PASSWORD)).status).toBe(204);
  expect(await statusOf("aging", NEXT_PASSWORD)).toBe(201);
  await accounts.setPolicy({ passwordMaxAgeDays: 0 });
});

ownTest(
  "platform 3 [B]: a change of password is refused like a log-in, and guesses at it are slowed down",
  async () => {
    await accounts.setPolicy({ lockoutThreshold: 0 });
    const login = { username: "changing", password: "wrong" };
    await accounts.create(login.username);
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 30) {
      const response = await changePassword(target, login, NEXT_PASSWORD);
      statuses.push(response.status);
      if (response.status === 401) expect(await response.text()).toBe(REFUSED);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect(await statusOf("changing")).toBe(429);
  },
);

for (const [what, newPassword] of [
  ["is too short", "short"],
  ["is the old one", PASSWORD],
] as const) {
  ownTest(`platform 3 [B]: a new password that ${what} is a 400`, async () => {
    const login = { username: target.manager.username, password: PASSWORD };
    expect((await bodyOf(await changePassword(target, login, newPassword), 400)).message).toContain("newPassword");
  });
}

ownTest("platform 3 [B]: outside the allow-list of addresses neither log-ins nor tokens are good", async () => {
  const token = await logIn(target);
  const inside = { "x-forwarded-for": "192.0.2.9" };
  const outside = { "x-forwarded-for": "198.51.100.1" };
  const alsoInside = { "x-forwarded-for": "2001:db8::7" };
  await accounts.setPolicy({ ipAllowList: ["127.0.0.1", "192.0.2.0/24", "2001:db8::/32"] });
  clock.advance(1);
  for (const headers of [inside, alsoInside, {}]) expect(await callStatus(target, token, headers)).toBe(200);
  expect(await callStatus(target, token, outside)).toBe(401);
  const auth = (headers: Record<string, string>) =>
    call(target, "POST", "/auth", {
      body: new URLSearchParams(target.manager).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    });
  expect((await auth(inside)).status).toBe(201);
  const refused = await auth(outside);
  expect(refused.status).toBe(401);
  expect(await refused.text()).toBe(REFUSED);
  await accounts.setPolicy({ ipAllowList: [] });
  clock.advance(1);
  expect(await callStatus(target, token, outside)).toBe(200);
});

ownTest("platform 3 [B]: an API-only user calls the API", async () => {
  await accounts.createRole("API only", { hasApiAccess: true, hasUiAccess: false });
  await accounts.create("robot", "API only");
  expect(await callStatus(target, await logIn(target, { username: "robot", password: PASSWORD }))).toBe(200);
});
