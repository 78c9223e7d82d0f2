import { expect } from "vitest";
import { Accounts, callStatus, changePassword, PASSWORD, tryLogIn } from "../accounts.ts";
import { bodyOf, get, logIn } from "../http.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const clock = new HandClock("2025-09-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
const accounts = new Accounts(target);
const NEXT_PASSWORD = "a-new-pass-phrase-2";

const endings: Record<string, (user: { id: number; username: string }) => Promise<unknown>> = {
  "deactivating the user": ({ id }) => accounts.change(id, { status: "INACTIVE" }),
  "deleting the user": ({ id }) => accounts.remove(id),
  "locking the user": async ({ username }) => {
    await accounts.setPolicy({ lockoutThreshold: 2 });
    for (const password of ["wrong-1", "wrong-2"]) await tryLogIn(target, { username, password });
  },
  "giving a role without API access": ({ id }) => accounts.change(id, { role: "Contact" }),
  "a password set by an administrator": ({ id }) => accounts.change(id, { password: NEXT_PASSWORD }),
  "a password changed by the user": ({ username }) =>
    changePassword(target, { username, password: PASSWORD }, NEXT_PASSWORD),
};

let users = 0;
for (const [what, end] of Object.entries(endings)) {
  ownTest(`platform 2.3 [B]: ${what} takes effect on live tokens within a second`, async () => {
    const username = `live_${users++}`;
    const id = await accounts.create(username);
    const token = await logIn(target, { username, password: PASSWORD });
    expect(await callStatus(target, token)).toBe(200);
    await end({ id, username });
    clock.advance(1);
    const body = await bodyOf(await get(target, "/ot/1.0/host/count", token), 401);
    expect(body).toEqual({ status: 401, error: "Unauthorized", message: "Not authenticated" });
  });
}

ownTest("platform 2.3 [B]: taking API access from a role ends the tokens of all who have it", async () => {
  const roleId = await accounts.createRole("hosts by API", { hasApiAccess: true, hasUiAccess: false });
  const tokens: string[] = [];
  for (const username of ["holder_1", "holder_2"]) {
    await accounts.create(username, "hosts by API");
    tokens.push(await logIn(target, { username, password: PASSWORD }));
  }
  for (const token of tokens) expect(await callStatus(target, token)).toBe(200);
  await accounts.send("PUT", `/admin/1.0/role/${roleId}`, { hasApiAccess: false });
  clock.advance(1);
  for (const token of tokens) expect(await callStatus(target, token)).toBe(401);
});

ownTest("platform 2.3 [B]: the token of the log-in after a change of password is good at once", async () => {
  const login = { username: "changer", password: PASSWORD };
  await accounts.create(login.username);
  expect(await callStatus(target, await logIn(target, login))).toBe(200);
  expect((await changePassword(target, login, NEXT_PASSWORD)).status).toBe(204);
  expect(await callStatus(target, await logIn(target, { ...login, password: NEXT_PASSWORD }))).toBe(200);
});
