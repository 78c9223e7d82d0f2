import { beforeAll, expect, test } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { type Login, useTarget } from "../target.ts";

const target = useTarget();
// A server that is not ours keeps its users: names of this run only.
const run = Date.now().toString(36);
let manager: string;
const tokens = new Map<string, string>();

const roleLogin = (role: string): Login => ({
  username: `${role.toLowerCase().replaceAll(" ", "_")}_${run}`,
  password: "a-long-pass-phrase-1",
});
const createUser = (json: object, token = manager) => call(target, "POST", "/admin/1.0/user/create", { token, json });

beforeAll(async () => {
  manager = await logIn(target);
  for (const role of ["Reader", "Auditor", "User Administrator", "ETM Viewer", "ETM Manager", "VMDR OT user"]) {
    await bodyOf(await createUser({ ...roleLogin(role), role }), 201);
    tokens.set(role, await logIn(target, roleLogin(role)));
  }
});

const API: Record<string, () => [method: string, path: string, json?: object]> = {
  "ETM API Access": () => ["POST", "/etm/api/rest/v1/reports/list", {}],
  "VMDR OT.API.ACCESS": () => ["GET", "/ot/1.0/host/list"],
  "Import Findings Access": () => ["GET", "/ingest/1.0/import/list"],
  "User Management Access": () => ["GET", "/admin/1.0/user/list"],
  "Tag Management Access": () => ["GET", "/admin/1.0/tag/list"],
};
const READS = ["ETM API Access", "VMDR OT.API.ACCESS"];
const GRANTS: Record<string, string[]> = {
  Reader: READS,
  Auditor: READS,
  "User Administrator": ["User Management Access"],
  "ETM Viewer": ["ETM API Access"],
  "ETM Manager": ["ETM API Access", "Import Findings Access"],
  "VMDR OT user": ["VMDR OT.API.ACCESS"],
};
const cases = Object.keys(GRANTS).flatMap((role) => Object.keys(API).map((permission) => [role, permission] as const));

test.each(cases)("platform 3 [B]: %s meets %s", async (role, permission) => {
  const [method, path, json] = API[permission]?.() ?? ["GET", "/"];
  const response = await call(target, method, path, {
    token: tokens.get(role) as string,
    ...(json === undefined ? {} : { json }),
  });
  if (GRANTS[role]?.includes(permission)) {
    expect(response.status).toBe(200);
    return;
  }
  expect(await bodyOf(response, 403)).toMatchObject({
    status: 403,
    error: "Forbidden",
    message: `${permission} is required`,
  });
});

test.each(Object.keys(API))("platform 3 [D]: a Manager may do everything: %s", async (permission) => {
  const [method, path, json] = API[permission]?.() ?? ["GET", "/"];
  const options = json === undefined ? { token: manager } : { token: manager, json };
  expect((await call(target, method, path, options)).status).toBe(200);
});

test.each([
  ["POST", "/admin/1.0/user/create", "User Management Access", { username: "u", password: "p", role: "Manager" }],
  ["POST", "/admin/1.0/tag/create", "Tag Management Access", { name: "t" }],
  ["POST", "/ingest/1.0/import", "Import Findings Access", undefined],
])("platform 3 [D]: a Reader changes nothing: %s %s", async (method, path, permission, json) => {
  const sent = json === undefined ? { body: "x", headers: { "content-type": "application/octet-stream" } } : { json };
  const response = await call(target, method, path, { token: tokens.get("Reader") as string, ...sent });
  expect((await bodyOf(response, 403)).message).toBe(`${permission} is required`);
});

test("platform 3 [D]: a User Administrator cannot make a Manager", async () => {
  const json = { username: `climber_${run}`, password: "a-long-pass-phrase-1", role: "Manager" };
  expect((await createUser(json, tokens.get("User Administrator"))).status).toBe(403);
});

test("platform 3 [B]: a created user is answered without the password and stands in the list", async () => {
  const login = { username: `listed_${run}`, password: "a-long-pass-phrase-1" };
  const response = await createUser({ ...login, role: "Reader", email: "l@plant.example", fullName: "L. Isted" });
  expect(response.status).toBe(201);
  const text = await response.text();
  expect(text).not.toContain(login.password);
  const user = JSON.parse(text);
  expect(user).toMatchObject({
    username: login.username,
    role: "Reader",
    email: "l@plant.example",
    fullName: "L. Isted",
    hasFullScope: false,
    scopeTags: [],
  });
  const list = await get(target, "/admin/1.0/user/list", manager);
  const users = await bodyOf<{ username: string }[]>(list);
  expect(users).toContainEqual(user);
  expect(Number(list.headers.get("count"))).toBe(users.length);
});

test.each([
  ["a taken name", 409, { username: target.manager.username.toUpperCase(), role: "Reader" }],
  ["an unknown role", 400, { role: "Emperor" }],
  ["an unknown scope tag", 400, { scopeTags: ["no such tag"] }],
  ["a short password", 400, { password: "short" }],
  ["a control character in the name", 400, { username: "a\nb" }],
  ["an empty name", 400, { username: "" }],
  ["no role", 400, { role: undefined }],
  ["a number for a name", 400, { username: { $ne: 1 } }],
])("platform 3 [B]: a user with %s is refused with %i", async (_, status, change) => {
  const json = { username: `refused_${run}`, password: "a-long-pass-phrase-1", role: "Reader", ...change };
  expect((await createUser(json)).status).toBe(status);
});

test("platform 3 [B]: a tag has a name, a criticality and a parent", async () => {
  const create = (json: object) => call(target, "POST", "/admin/1.0/tag/create", { token: manager, json });
  const parent = await bodyOf(await create({ name: `Plant ${run}`, criticality: 5 }), 201);
  const child = await bodyOf(await create({ name: `Hall ${run}`, parent: `Plant ${run}` }), 201);
  expect(parent).toMatchObject({ name: `Plant ${run}`, criticality: 5, parent: null, rule: null, assetCount: 0 });
  expect(child).toMatchObject({ name: `Hall ${run}`, criticality: null, parent: `Plant ${run}` });
  const list = await get(target, "/admin/1.0/tag/list", manager);
  const tags = await bodyOf<object[]>(list);
  expect(tags).toEqual(expect.arrayContaining([parent, child]));
  expect(Number(list.headers.get("count"))).toBe(tags.length);
});

test.each([
  ["a criticality of 0", 400, { criticality: 0 }],
  ["a criticality of 6", 400, { criticality: 6 }],
  ["an unknown parent", 400, { parent: "no such tag" }],
  ["no name", 400, { name: "" }],
  ["a rule that cannot be read", 400, { rule: "asset.name:(" }],
  ["a rule with an unknown token", 400, { rule: "asset.colour:blue" }],
  ["a rule about findings", 400, { rule: "finding.severity:5" }],
  ["a rule and a list of assets", 400, { rule: "asset.name:x", assetIds: [1] }],
])("platform 3 [B]: a tag with %s is refused with %i", async (_, status, change) => {
  const json = { name: `Refused ${run}`, ...change };
  expect((await call(target, "POST", "/admin/1.0/tag/create", { token: manager, json })).status).toBe(status);
});

test("platform 3 [B]: a tag's name is taken once, whatever its case", async () => {
  const create = (name: string) => call(target, "POST", "/admin/1.0/tag/create", { token: manager, json: { name } });
  expect((await create(`Twice ${run}`)).status).toBe(201);
  expect((await create(`TWICE ${run}`)).status).toBe(409);
});
