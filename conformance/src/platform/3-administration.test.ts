import { beforeAll, describe, expect } from "vitest";
import { bodyOf, call, get, logIn, postAuth } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { followReport, REPORTS, submitReport } from "../reports.ts";
import { HandClock, type Login, ownTest, useOwnTarget } from "../target.ts";

type Thing = { id: number; [member: string]: unknown };

const clock = new HandClock("2026-02-02T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
const password = "a-long-pass-phrase-1";
const loginOf = (username: string): Login => ({ username, password });
let manager: string;

const send = (method: string, path: string, json?: object, token = manager) =>
  call(target, method, `/admin/1.0/${path}`, { token, ...(json ? { json } : {}) });
const make = async (kind: string, json: object, token = manager) =>
  bodyOf<Thing>(await send("POST", `${kind}/create`, json, token), 201);
const change = async (kind: string, id: number, json: object, token = manager) =>
  bodyOf<Thing>(await send("PUT", `${kind}/${id}`, json, token));
const list = async (kind: string, token = manager) => {
  const response = await send("GET", `${kind}/list`, undefined, token);
  const things = await bodyOf<Thing[]>(response);
  expect(Number(response.headers.get("count"))).toBe(things.length);
  return things;
};
const makeUser = async (username: string, json: object = {}, token = manager) => {
  const user = await make("user", { ...loginOf(username), role: "Reader", ...json }, token);
  return { user, token: await logIn(target, loginOf(username)) };
};
const statusOf = async (path: string, token: string) => (await get(target, path, token)).status;
const statusOfLogin = async (login: Login) =>
  (await postAuth(target, new URLSearchParams({ ...login, token: "true" }).toString())).status;
/** A change of who may call acts within a second. */
const aSecondPasses = () => clock.advance(1);

const HOSTS = "/ot/1.0/host/list";
const LIST_REPORTS = "/etm/api/rest/v1/reports/list";

beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  manager = await logIn(target);
});

describe("users", () => {
  ownTest("platform 3 [B]: a user is looked at, changed and deleted", async () => {
    const { user, token } = await makeUser("changed", { email: "c@plant.example" });
    expect(await bodyOf(await send("GET", `user/${user.id}`))).toEqual({ ...user, lastLogin: expect.any(String) });
    expect(await change("user", user.id, { fullName: "C. Hanged", email: null, role: "Scanner" })).toMatchObject({
      fullName: "C. Hanged",
      email: null,
      role: "Scanner",
      status: "ACTIVE",
    });
    const gone = await send("DELETE", `user/${user.id}`);
    expect([gone.status, await gone.text()]).toEqual([204, ""]);
    aSecondPasses();
    expect(await statusOf(HOSTS, token)).toBe(401);
    expect((await send("GET", `user/${user.id}`)).status).toBe(404);
    expect((await send("DELETE", `user/${user.id}`)).status).toBe(404);
    expect(await statusOfLogin(loginOf("changed"))).toBe(401);
  });

  ownTest("platform 2.3 [D]: a deactivated user's tokens end at once and do not come back", async () => {
    const { user, token } = await makeUser("paused");
    expect(await statusOf(HOSTS, token)).toBe(200);
    await change("user", user.id, { status: "INACTIVE" });
    aSecondPasses();
    expect(await statusOf(HOSTS, token)).toBe(401);
    expect(await statusOfLogin(loginOf("paused"))).toBe(401);
    await change("user", user.id, { status: "ACTIVE" });
    aSecondPasses();
    expect(await statusOf(HOSTS, token)).toBe(401);
    expect(await statusOf(HOSTS, await logIn(target, loginOf("paused")))).toBe(200);
  });

  ownTest("platform 3 [B]: a new password replaces the old one and ends the tokens", async () => {
    const { user, token } = await makeUser("reset");
    const text = await (await send("PUT", `user/${user.id}`, { password: "another-pass-phrase-2" })).text();
    expect(text).not.toContain("another-pass-phrase-2");
    aSecondPasses();
    expect(await statusOf(HOSTS, token)).toBe(401);
    expect(await statusOfLogin(loginOf("reset"))).toBe(401);
    expect(await statusOfLogin({ username: "reset", password: "another-pass-phrase-2" })).toBe(201);
  });

  ownTest("platform 3 [B]: who holds more than the caller is left alone, and the last Manager stays", async () => {
    const { token } = await makeUser("officer", { role: "User Administrator" });
    const boss = (await list("user")).find(({ username }) => username === target.manager.username) as Thing;
    for (const json of [{ password: "taken-over-phrase-3" }, { status: "INACTIVE" }, { role: "Reader" }]) {
      expect((await send("PUT", `user/${boss.id}`, json, token)).status).toBe(403);
    }
    expect((await send("DELETE", `user/${boss.id}`, undefined, token)).status).toBe(403);
    for (const json of [{ status: "INACTIVE" }, { role: "Reader" }, { scopeTags: [] }]) {
      expect((await send("PUT", `user/${boss.id}`, json)).status).toBe(409);
    }
    expect((await send("DELETE", `user/${boss.id}`)).status).toBe(409);
  });

  ownTest("platform 3 [B]: who is ssoOnly has no password and cannot log in with one", async () => {
    const user = await make("user", { username: "sso", role: "Reader", ssoOnly: true });
    expect(user).toMatchObject({ ssoOnly: true });
    expect(await statusOfLogin(loginOf("sso"))).toBe(401);
    expect((await send("PUT", `user/${user.id}`, { password })).status).toBe(400);
    await change("user", user.id, { ssoOnly: false, password });
    expect(await statusOfLogin(loginOf("sso"))).toBe(201);
  });

  ownTest("platform 3 [B]: what cannot be is refused", async () => {
    const { user } = await makeUser("refused");
    const cases: [number, string, object][] = [
      [400, `user/${user.id}`, { role: "Emperor" }],
      [400, `user/${user.id}`, { status: "LOCKED" }],
      [400, `user/${user.id}`, { password: "short" }],
      [400, `user/${user.id}`, { email: "nobody" }],
      [400, `user/${user.id}`, { fullName: "a\u0000b" }],
      [400, `user/${user.id}`, { scopeTags: ["no such tag"] }],
      [400, `user/${user.id}`, { scopeTags: [], hasFullScope: true }],
      [400, `user/${user.id}`, { businessUnit: "no such unit" }],
      [400, "user/0", {}],
      [400, "user/first", {}],
      [400, "user/2147483648", {}],
      [404, "user/2147483647", {}],
    ];
    for (const [status, path, json] of cases) {
      expect([path, json, (await send("PUT", path, json)).status]).toEqual([path, json, status]);
    }
    expect((await send("POST", "user/create", { username: "nopass", role: "Reader" })).status).toBe(400);
  });
});

describe("roles", () => {
  ownTest(
    "platform 3 [D]: a custom role has UI and API access and permissions; changing it changes its users",
    async () => {
      const json = {
        name: "Night shift",
        description: "At night",
        hasApiAccess: true,
        permissions: ["ETM API Access"],
      };
      const role = await make("role", json);
      expect(role).toMatchObject({ ...json, hasUiAccess: false, isShipped: false, userCount: 0 });
      const { token } = await makeUser("nora", { role: "night SHIFT" });
      expect(await list("role")).toContainEqual({ ...role, userCount: 1 });
      const reports = async () => (await call(target, "POST", LIST_REPORTS, { token, json: {} })).status;
      expect([await reports(), await statusOf(HOSTS, token)]).toEqual([200, 403]);
      await change("role", role.id, { permissions: ["VMDR OT.API.ACCESS"], hasUiAccess: true });
      aSecondPasses();
      expect([await reports(), await statusOf(HOSTS, token)]).toEqual([403, 200]);
      expect(await bodyOf(await send("GET", `role/${role.id}`))).toMatchObject({
        description: "At night",
        hasUiAccess: true,
        permissions: ["VMDR OT.API.ACCESS"],
      });
      await change("role", role.id, { hasApiAccess: false });
      aSecondPasses();
      expect(await statusOf(HOSTS, token)).toBe(401);
      expect(await statusOfLogin(loginOf("nora"))).toBe(401);
    },
  );

  ownTest("platform 3 [B]: shipped roles, taken names and roles in use are refused with 409", async () => {
    const role = await make("role", { name: "In use", permissions: [] });
    const { id } = await make("user", { ...loginOf("user_of_role"), role: "In use" });
    const reader = (await list("role")).find(({ name }) => name === "Reader") as Thing;
    expect(reader).toMatchObject({ isShipped: true });
    expect((await send("PUT", `role/${reader.id}`, { permissions: [] })).status).toBe(409);
    expect((await send("DELETE", `role/${reader.id}`)).status).toBe(409);
    for (const name of ["IN USE", "manager", "Unit Manager"]) {
      expect((await send("POST", "role/create", { name, permissions: [] })).status).toBe(409);
    }
    expect((await send("DELETE", `role/${role.id}`)).status).toBe(409);
    await change("user", id, { role: "Contact" });
    expect((await send("DELETE", `role/${role.id}`)).status).toBe(204);
    expect((await send("GET", `role/${role.id}`)).status).toBe(404);
    expect((await send("POST", "role/create", { name: "Odd", permissions: ["Fly"] })).status).toBe(400);
  });

  ownTest("platform 3 [B]: nobody makes a role that holds more than they do", async () => {
    const { token } = await makeUser("role_maker", { role: "User Administrator" });
    const json = { name: "Climber", permissions: ["Audit Log Access"] };
    expect(await bodyOf(await send("POST", "role/create", json, token), 403)).toMatchObject({
      message: "Audit Log Access is required",
    });
  });
});

describe("business units", () => {
  ownTest("platform 3 [D]: a Unit Manager has the own unit's users and assets, and no others", async () => {
    const hosts = ["10.1.0.1", "10.1.0.2", "10.2.0.1"].map((ip) => ({ ip, items: [{ pluginId: 70_001 }] }));
    await importFile(target, manager, nessusFile(hosts));
    await make("tag", { name: "East", rule: "asset.interface.address:[10.1.0.1 .. 10.1.0.9]" });
    await make("tag", { name: "One", rule: "asset.interface.address:10.1.0.1" });
    const unit = await make("unit", { name: "East plant", scopeTags: ["East", "One"] });
    expect(unit).toMatchObject({ scopeTags: ["East", "One"], userCount: 0 });
    const { token } = await makeUser("east_manager", { role: "Unit Manager", businessUnit: "East plant" });
    expect(await countFindings(token)).toBe(2);

    const made = await makeUser("east_reader", { scopeTags: ["East"] }, token);
    expect(made.user).toMatchObject({ businessUnit: "East plant", scopeTags: ["East"] });
    const names = (await list("user", token)).map(({ username }) => username);
    expect(names).toEqual(["east_manager", "east_reader"]);
    expect(await list("unit", token)).toEqual([{ ...unit, userCount: 2 }]);
    const other = await make("user", { ...loginOf("elsewhere"), role: "Reader" });
    expect((await send("GET", `user/${other.id}`, undefined, token)).status).toBe(404);
    expect((await send("PUT", `user/${other.id}`, { password }, token)).status).toBe(404);
    expect((await send("DELETE", `user/${other.id}`, undefined, token)).status).toBe(404);
    expect((await send("PUT", `user/${made.user.id}`, { businessUnit: null }, token)).status).toBe(403);
    expect((await send("POST", "user/create", { ...loginOf("x"), role: "Manager" }, token)).status).toBe(403);
    expect((await send("PUT", `unit/${unit.id}`, { scopeTags: [] }, token)).status).toBe(403);

    await change("unit", unit.id, { scopeTags: ["One"] });
    aSecondPasses();
    expect(await countFindings(token)).toBe(1);
    expect(await countFindings(made.token)).toBe(0);
    expect((await send("DELETE", `unit/${unit.id}`)).status).toBe(409);
  });

  const countFindings = async (token: string) => {
    const { id } = await submitReport(target, token, { reportFormat: "JSON" });
    return (await followReport(target, token, id)).recordCount;
  };
});

describe("subscriptions", () => {
  ownTest("platform 3 [D]: nothing crosses a subscription", async () => {
    const tenant = await make("subscription", {
      name: "Tenant",
      managerUsername: "tenant",
      managerPassword: password,
    });
    expect(tenant).toMatchObject({ name: "Tenant", serviceLevel: "Standard", isOperator: false, userCount: 1 });
    const theirs = await logIn(target, loginOf("tenant"));
    await importFile(target, manager, nessusFile([{ ip: "10.9.0.1", items: [{ pluginId: 70_001 }] }]));
    const job = await importFile(target, manager, nessusFile([{ ip: "10.9.0.2", items: [{ pluginId: 70_001 }] }]));
    const report = await submitReport(target, manager, { reportFormat: "JSON" });
    const things = {
      tag: await make("tag", { name: "Shared name" }),
      role: await make("role", { name: "Shared name", permissions: [] }),
      unit: await make("unit", { name: "Shared name", scopeTags: ["Shared name"] }),
      user: await make("user", { ...loginOf("ours"), role: "Shared name" }),
    };

    expect((await list("user", theirs)).map(({ username }) => username)).toEqual(["tenant"]);
    expect(await list("tag", theirs)).toEqual([]);
    expect(await list("unit", theirs)).toEqual([]);
    expect(await list("subscription", theirs)).toEqual([{ ...tenant, userCount: 1 }]);
    expect(await bodyOf(await get(target, "/ot/1.0/host/count", theirs))).toEqual({ count: 0 });
    expect(await statusOf(`/ingest/1.0/import/${job.id}`, theirs)).toBe(404);
    expect(await statusOf(`${REPORTS}/${report.id}`, theirs)).toBe(404);
    const own = await submitReport(target, theirs, { reportFormat: "JSON" });
    expect(await followReport(target, theirs, own.id)).toMatchObject({ status: "COMPLETED", recordCount: 0 });
    for (const [kind, { id }] of Object.entries(things)) {
      for (const [method, json] of [["GET"], ["PUT", {}], ["DELETE"]] as const) {
        const { status } = await send(method, `${kind}/${id}`, json, theirs);
        expect([kind, method, status]).toEqual([kind, method, 404]);
      }
    }
    const user = { ...loginOf("mixed"), role: "Shared name" };
    expect((await send("POST", "user/create", user, theirs)).status).toBe(400);
    expect((await send("POST", "user/create", { ...user, username: "ours", role: "Reader" }, theirs)).status).toBe(409);
    for (const kind of ["tag", "role", "unit"]) {
      await make(kind, { name: "Shared name", ...(kind === "role" ? { permissions: [] } : {}) }, theirs);
    }
    expect(await list("tag", theirs)).toHaveLength(1);
  });

  ownTest("platform 3 [B]: only the operator makes, names, rates and deletes subscriptions", async () => {
    const login = { managerUsername: "rated", managerPassword: password };
    const { id } = await make("subscription", { name: "Rated", serviceLevel: "Express", ...login });
    const theirs = await logIn(target, loginOf("rated"));
    const json = { name: "Mine", managerUsername: "mine", managerPassword: password };
    expect((await send("POST", "subscription/create", json, theirs)).status).toBe(403);
    expect((await send("GET", "subscription/1", undefined, theirs)).status).toBe(404);
    expect((await send("PUT", "subscription/1", { lockoutMinutes: 1 }, theirs)).status).toBe(404);
    expect((await send("PUT", `subscription/${id}`, { serviceLevel: "Premium" }, theirs)).status).toBe(403);
    expect((await send("DELETE", `subscription/${id}`, undefined, theirs)).status).toBe(403);
    const policy = {
      lockoutThreshold: 5,
      lockoutMinutes: 60,
      passwordMaxAgeDays: 90,
      ipAllowList: ["127.0.0.0/8", "::1"],
    };
    expect(await change("subscription", id, policy, theirs)).toMatchObject({ ...policy, serviceLevel: "Express" });
    for (const ipAllowList of [["192.0.2.0/24"], ["nowhere"]]) {
      expect((await send("PUT", `subscription/${id}`, { ipAllowList }, theirs)).status).toBe(400);
    }
    expect(await change("subscription", id, { name: "Better", serviceLevel: "Premium" })).toMatchObject({
      name: "Better",
      serviceLevel: "Premium",
    });
    aSecondPasses();
    const response = await get(target, HOSTS, theirs);
    expect(response.headers.get("x-ratelimit-limit")).toBe("2000");
  });

  ownTest("platform 3 [B]: a deleted subscription is gone with its users and data", async () => {
    const login = { managerUsername: "leaver", managerPassword: password };
    const { id } = await make("subscription", { name: "Leaving", ...login });
    const theirs = await logIn(target, loginOf("leaver"));
    await importFile(target, theirs, nessusFile([{ ip: "10.9.0.1", items: [{ pluginId: 70_001 }] }]));
    expect((await send("DELETE", `subscription/${id}`)).status).toBe(409);
    expect((await send("DELETE", `subscription/${id}?confirm=Leave`)).status).toBe(409);
    expect((await send("DELETE", `subscription/${id}?confirm=Leaving`)).status).toBe(204);
    aSecondPasses();
    expect(await statusOf(HOSTS, theirs)).toBe(401);
    expect(await statusOfLogin(loginOf("leaver"))).toBe(401);
    expect((await send("GET", `subscription/${id}`)).status).toBe(404);
    expect((await send("DELETE", "subscription/1?confirm=Subscription%201")).status).toBe(409);
  });
});
