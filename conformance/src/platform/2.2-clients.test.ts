import { beforeAll, describe, expect, test } from "vitest";
import { curl, hasCurl } from "../curl.ts";
import { bodyOf, call, get, logIn } from "../http.ts";
import { HandClock, type Login, ownTest, type Target, useOwnTarget, useTarget } from "../target.ts";

const COMPACT_JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
const PASSWORD = "a-long-pass-phrase-1";
const ALL_MODULES = ["ETM", "OT", "INGEST", "ADMIN"];
const HOSTS = "/ot/1.0/host/list";
const REPORTS = "/etm/api/rest/v1/reports/list";

type ApiClient = Record<string, unknown> & { clientId: string; clientSecret: string };
type Pair = { clientId: string; clientSecret: string };

const target = useTarget();
let manager: string;
let run = 0;
/** Unlike any other name, also when the target is used again. */
const unique = (name: string) => `${name} ${Date.now()}-${run++}`;

async function make(at: Target, token: string, json: Record<string, unknown>): Promise<ApiClient> {
  return bodyOf(await call(at, "POST", "/admin/1.0/client/create", { token, json }), 201);
}
const refused = (at: Target, token: string, json: Record<string, unknown>) =>
  call(at, "POST", "/admin/1.0/client/create", { token, json });
const present = ({ clientId, clientSecret }: Pair) => ({ clientId, clientSecret });
const ask = (at: Target, path: string, pair: Pair, form?: string) =>
  call(at, "POST", path, {
    headers: {
      ...present(pair),
      ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    },
    ...(form === undefined ? {} : { body: form }),
  });
async function tokenOf(at: Target, pair: Pair, form?: string): Promise<string> {
  const response = await ask(at, "/auth/oauth", pair, form);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return text;
}
const decode = (token: string, part: 0 | 1 = 1) =>
  JSON.parse(Buffer.from(token.split(".")[part] ?? "", "base64url").toString("latin1"));
const statusOf = async (at: Target, path: string, token: string) => (await get(at, path, token)).status;
const act = (at: Target, token: string, { clientId }: Pair, verb: string, json?: unknown) =>
  call(at, "POST", `/admin/1.0/client/${clientId}/${verb}`, { token, ...(json === undefined ? {} : { json }) });
async function addUser(at: Target, token: string, username: string, role: string, more = {}): Promise<Login> {
  const json = { username, password: PASSWORD, role, ...more };
  await bodyOf(await call(at, "POST", "/admin/1.0/user/create", { token, json }), 201);
  return { username, password: PASSWORD };
}

describe("on any target", () => {
  let ours: ApiClient;
  let mine: ApiClient;
  beforeAll(async () => {
    manager = await logIn(target);
    ours = await make(target, manager, { name: unique("ours"), kind: "subscription", modules: ALL_MODULES });
    mine = await make(target, manager, { name: unique("mine"), kind: "user", modules: ALL_MODULES });
  });

  test.each(["/auth/oidc", "/auth/oauth"])(
    "platform 2.2 [O]: %s takes both kinds: 200 and the bare token",
    async (path) => {
      for (const client of [ours, mine]) {
        const response = await ask(target, path, client);
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toBe("text/plain;charset=UTF-8");
        const token = await response.text();
        expect(token).toMatch(COMPACT_JWT);
        expect(await statusOf(target, HOSTS, token)).toBe(200);
      }
    },
  );

  test.skipIf(!hasCurl)("platform 2.2 [D]: with curl, an empty body and headers in any case", async () => {
    const headers = ["-H", `clientId: ${ours.clientId}`, "-H", `CLIENTSECRET: ${ours.clientSecret}`];
    expect(await curl("-X", "POST", `${target.url}/auth/oidc`, ...headers)).toMatch(COMPACT_JWT);
    expect(await curl("-X", "POST", `${target.url}/auth/oidc`, ...headers, "-d", "")).toMatch(COMPACT_JWT);
    const json = ["-H", "Content-Type: application/json"];
    expect(await curl("-X", "POST", `${target.url}/auth/oidc`, ...headers, ...json)).toMatch(COMPACT_JWT);
  });

  test("platform 2.2 [D]: the default is HS512, encrypted=RSA512 gives RS512", async () => {
    const algorithmOf = async (form?: string) => decode(await tokenOf(target, ours, form), 0).alg;
    expect(await algorithmOf()).toBe("HS512");
    expect(await algorithmOf("")).toBe("HS512");
    for (const word of ["RSA512", "rsa512", "RS512"]) expect(await algorithmOf(`encrypted=${word}`)).toBe("RS512");
  });

  test("platform 2.2 [B]: an unknown word for encrypted is a 400 that names those known", async () => {
    const response = await ask(target, "/auth/oauth", ours, "encrypted=AES");
    expect((await bodyOf(response, 400)).message).toMatch(/encrypted.*RS512.*RSA512/);
  });

  test("platform 2.2 [O]: a wrong pair is 401 and says Invalid Client ID, whatever is wrong with it", async () => {
    const { clientId, clientSecret } = ours;
    const pairs = [
      { clientId, clientSecret: "wrong" },
      { clientId: mine.clientId, clientSecret },
      { clientId: "00000000-0000-4000-8000-000000000000", clientSecret },
      { clientId: "' OR 1=1 --", clientSecret },
      { clientId: "", clientSecret: "" },
    ];
    const bodies = new Set<string>();
    for (const pair of pairs) {
      const response = await ask(target, "/auth/oidc", pair);
      const { instance, ...body } = await bodyOf(response, 401);
      expect(body).toMatchObject({
        status: 401,
        error: "Unauthorized",
        message: expect.stringContaining("Invalid Client ID"),
      });
      expect(instance).toEqual(expect.any(String));
      bodies.add(JSON.stringify(body));
    }
    expect(bodies.size).toBe(1);
    expect((await call(target, "POST", "/auth/oauth")).status).toBe(401);
  });

  test("platform 2.2 [B]: credentials count in headers alone, JSON is 415, GET 405", async () => {
    const form = `clientId=${ours.clientId}&clientSecret=${ours.clientSecret}`;
    expect((await ask(target, "/auth/oauth", { clientId: "", clientSecret: "" }, form)).status).toBe(401);
    expect((await call(target, "POST", "/auth/oauth", { json: present(ours) })).status).toBe(415);
    expect((await get(target, "/auth/oidc")).status).toBe(405);
  });

  test("platform 2.2 [B]: the secret is shown once", async () => {
    const one = await bodyOf(await get(target, `/admin/1.0/client/${ours.clientId}`, manager));
    expect(one).not.toHaveProperty("clientSecret");
    const list = await get(target, "/admin/1.0/client/list", manager);
    const text = await list.text();
    expect(Number(list.headers.get("count"))).toBe(JSON.parse(text).length);
    expect(text).toContain(ours.clientId);
    expect(text).not.toContain(ours.clientSecret);
  });

  test("platform 2.2 [B]: a name is one client's, whatever its case", async () => {
    const name = unique("Twice");
    await make(target, manager, { name, kind: "subscription", modules: ["OT"] });
    const again = { name: name.toUpperCase(), kind: "user", modules: ["OT"] };
    expect((await refused(target, manager, again)).status).toBe(409);
    const path = `/admin/1.0/client/${ours.clientId}`;
    expect((await call(target, "PUT", path, { token: manager, json: { name } })).status).toBe(409);
  });

  test.each([
    ["no module", { modules: [] }],
    ["an unknown module", { modules: ["ETM", "X"] }],
    ["an unknown kind", { kind: "machine" }],
    ["a past end", { expires: "2001-01-01T00:00:00Z" }],
    ["an end that is no time", { expires: "tomorrow" }],
    ["a line break in the name", { name: "a\nb" }],
    ["NUL in the name", { name: "a\u0000b" }],
    ["a name too long in bytes", { name: "\u00e9".repeat(100) }],
    ["a user of a subscription's client", { user: "x" }],
    ["scope tags of a user's client", { kind: "user", scopeTags: ["x"] }],
    ["permissions of no module chosen", { permissions: ["ETM API Access"] }],
    ["an unknown user", { kind: "user", user: "nobody at all" }],
  ])("platform 2.2 [B]: %s is a 400", async (_, part) => {
    const json = { name: unique("bad"), kind: "subscription", modules: ["OT"], ...part };
    expect((await refused(target, manager, json)).status).toBe(400);
  });

  test("platform 2.2 [B]: unknown clients are 404, malformed ids 400", async () => {
    const path = "/admin/1.0/client/00000000-0000-4000-8000-000000000000";
    expect(await statusOf(target, path, manager)).toBe(404);
    for (const verb of ["rotate", "revoke"]) {
      expect((await call(target, "POST", `${path}/${verb}`, { token: manager })).status).toBe(404);
    }
    expect((await call(target, "DELETE", path, { token: manager })).status).toBe(404);
    expect(await statusOf(target, "/admin/1.0/client/17", manager)).toBe(400);
  });

  test("platform 2.2 [D]: modules bound what a client may do", async () => {
    const client = await make(target, manager, { name: unique("ot"), kind: "user", modules: ["OT"] });
    const token = await tokenOf(target, client);
    expect(decode(token).modulesAllowed).toEqual(["OT"]);
    expect(await statusOf(target, HOSTS, token)).toBe(200);
    expect((await call(target, "POST", REPORTS, { token })).status).toBe(403);
    expect(await statusOf(target, "/admin/1.0/client/list", token)).toBe(403);
  });

  test("platform 2.2 [B]: permissions narrow a subscription's client further", async () => {
    const json = {
      name: unique("narrow"),
      kind: "subscription",
      modules: ["ETM", "OT"],
      permissions: ["ETM API Access"],
    };
    const client = await make(target, manager, json);
    expect(client.permissions).toEqual(["ETM API Access"]);
    const token = await tokenOf(target, client, "permissions=true");
    expect(decode(token).permissions).toEqual(["ETM API Access"]);
    expect(await statusOf(target, HOSTS, token)).toBe(403);
  });

  test("platform 2.3 [D]: a client's token has the claims and the plain payload of any other", async () => {
    const name = unique("z\u00f8\u00eb ~?> \u{1f6a2}");
    const client = await make(target, manager, { name, kind: "subscription", modules: ALL_MODULES });
    for (const form of ["", "encrypted=RSA512&permissions=true"]) {
      const token = await tokenOf(target, client, form);
      const payload = token.split(".")[1] ?? "";
      expect(payload).toMatch(/^[A-Za-z0-9]+$/);
      const claims = decode(token);
      expect(claims).toMatchObject({
        sub: `client:${name}`,
        iss: "qas",
        aud: "qas",
        loginResponse: "SUCCESSFUL",
        credentialType: "UsernamePasswordCredential",
        usertype: "fo",
      });
      expect(claims.exp - claims.iat).toBe(4 * 3600);
      expect(token.length).toBeLessThan(4096);
    }
  });

  test("platform 2.2 [B]: no user can be named like a client", async () => {
    const json = { username: "Client:x", password: PASSWORD, role: "Reader" };
    expect((await call(target, "POST", "/admin/1.0/user/create", { token: manager, json })).status).toBe(400);
  });
});

describe("over time, on an installation of its own", () => {
  const clock = new HandClock("2025-09-01T08:00:00Z");
  const own = useOwnTarget({ clock: clock.read });
  let boss: string;
  beforeAll(async () => {
    if (!process.env.CONFORMANCE_URL) boss = await logIn(own);
  });
  const subscriptionClient = (more = {}) =>
    make(own, boss, { name: unique("c"), kind: "subscription", modules: ALL_MODULES, ...more });

  ownTest("platform 2.2 [B]: revocation ends live tokens within a second, and log-ins at once, for good", async () => {
    const client = await subscriptionClient();
    const token = await tokenOf(own, client);
    expect(await statusOf(own, HOSTS, token)).toBe(200);
    expect(await bodyOf(await act(own, boss, client, "revoke"))).toMatchObject({ status: "REVOKED" });
    expect(await bodyOf(await ask(own, "/auth/oauth", client), 401)).toMatchObject({
      message: expect.stringContaining("Invalid Client ID"),
    });
    clock.advance(1);
    expect(await statusOf(own, HOSTS, token)).toBe(401);
    expect((await act(own, boss, client, "rotate")).status).toBe(409);
  });

  ownTest("platform 2.2 [B]: deleting ends them too, and frees the name", async () => {
    const client = await subscriptionClient();
    const token = await tokenOf(own, client);
    expect((await call(own, "DELETE", `/admin/1.0/client/${client.clientId}`, { token: boss })).status).toBe(204);
    expect((await ask(own, "/auth/oauth", client)).status).toBe(401);
    clock.advance(1);
    expect(await statusOf(own, HOSTS, token)).toBe(401);
    await make(own, boss, { name: client.name, kind: "user", modules: ["OT"] });
  });

  ownTest("platform 2.2 [B]: a rotated secret ends at once, or after the overlap and not before", async () => {
    const client = await subscriptionClient();
    const before = await tokenOf(own, client);
    const second = await bodyOf<ApiClient>(await act(own, boss, client, "rotate"));
    expect((await ask(own, "/auth/oauth", client)).status).toBe(401);
    await tokenOf(own, second);
    const third = await bodyOf<ApiClient>(await act(own, boss, client, "rotate", { overlapSec: 60 }));
    for (const pair of [second, third]) await tokenOf(own, pair);
    clock.advance(59);
    await tokenOf(own, second);
    clock.advance(1);
    expect((await ask(own, "/auth/oauth", second)).status).toBe(401);
    await tokenOf(own, third);
    expect(await statusOf(own, HOSTS, before)).toBe(200);
    for (const overlapSec of [-1, 604_801, 0.5]) {
      expect((await act(own, boss, client, "rotate", { overlapSec })).status).toBe(400);
    }
  });

  ownTest("platform 2.2 [B]: a client ends when it expires, and its tokens with it", async () => {
    const expires = new Date(clock.nowMs + 3_600_000).toISOString();
    const client = await subscriptionClient({ expires });
    const token = await tokenOf(own, client);
    clock.advance(3599);
    expect(await statusOf(own, HOSTS, token)).toBe(200);
    clock.advance(1);
    expect(await statusOf(own, HOSTS, token)).toBe(401);
    expect((await ask(own, "/auth/oidc", client)).status).toBe(401);
    const shown = await bodyOf(await get(own, `/admin/1.0/client/${client.clientId}`, boss));
    expect(shown).toMatchObject({ status: "EXPIRED", expires });
  });

  ownTest("platform 2.2 [B]: new modules act on live tokens within a second", async () => {
    const client = await subscriptionClient({ modules: ["OT"] });
    const token = await tokenOf(own, client);
    const put = (json: unknown) => call(own, "PUT", `/admin/1.0/client/${client.clientId}`, { token: boss, json });
    expect((await put({ modules: ["ETM"], permissions: ["ETM API Access"] })).status).toBe(200);
    clock.advance(1);
    expect(await statusOf(own, HOSTS, token)).toBe(403);
    expect((await call(own, "POST", REPORTS, { token })).status).toBe(200);
    expect(await bodyOf(await put({ name: "renamed" }))).toMatchObject({ name: "renamed", modules: ["ETM"] });
  });

  ownTest("platform 2.2 [B]: new modules never give a permission, only naming it does", async () => {
    const permissions = ["ETM API Access"];
    const { clientId } = await subscriptionClient({ permissions });
    const put = (json: unknown) => call(own, "PUT", `/admin/1.0/client/${clientId}`, { token: boss, json });
    for (const modules of [["ETM"], ["ETM", "OT"], ALL_MODULES]) {
      expect(await bodyOf(await put({ modules }))).toMatchObject({ modules, permissions });
    }
    for (const json of [
      { modules: ["OT"] },
      { permissions: [] },
      { modules: ["ETM"], permissions: ["OT UI Access"] },
    ]) {
      expect((await put(json)).status).toBe(400);
    }
    const more = ["ETM API Access", "OT UI Access"];
    expect(await bodyOf(await put({ permissions: more }))).toMatchObject({ modules: ALL_MODULES, permissions: more });
    const mine = await make(own, boss, { name: unique("mine"), kind: "user", modules: ["OT"] });
    const path = `/admin/1.0/client/${mine.clientId}`;
    expect((await call(own, "PUT", path, { token: boss, json: { permissions } })).status).toBe(400);
  });

  ownTest("platform 2.2 [D]: a user's client ends with the user, a subscription's survives", async () => {
    const login = await addUser(own, boss, "maker_1", "Manager");
    const token = await logIn(own, login);
    const [personal, shared] = [
      await make(own, token, { name: unique("p"), kind: "user", modules: ["OT"] }),
      await make(own, token, { name: unique("s"), kind: "subscription", modules: ["OT"] }),
    ];
    const tokens = { personal: await tokenOf(own, personal), shared: await tokenOf(own, shared) };
    expect(personal.user).toBe(login.username);
    const users = await bodyOf<{ id: number; username: string }[]>(await get(own, "/admin/1.0/user/list", boss));
    const id = users.find(({ username }) => username === login.username)?.id;
    const put = (json: unknown) => call(own, "PUT", `/admin/1.0/user/${id}`, { token: boss, json });

    expect((await put({ status: "INACTIVE" })).status).toBe(200);
    clock.advance(1);
    expect(await statusOf(own, HOSTS, tokens.personal)).toBe(401);
    expect((await ask(own, "/auth/oidc", personal)).status).toBe(401);
    expect(await statusOf(own, HOSTS, tokens.shared)).toBe(200);

    expect((await put({ status: "ACTIVE", role: "ETM Viewer" })).status).toBe(200);
    clock.advance(1);
    expect(await statusOf(own, HOSTS, await tokenOf(own, personal))).toBe(403);

    expect((await call(own, "DELETE", `/admin/1.0/user/${id}`, { token: boss })).status).toBe(204);
    clock.advance(1);
    expect((await ask(own, "/auth/oidc", personal)).status).toBe(401);
    expect(await statusOf(own, `/admin/1.0/client/${personal.clientId}`, boss)).toBe(404);
    expect(await statusOf(own, HOSTS, await tokenOf(own, shared))).toBe(200);
  });

  ownTest("platform 2.2 [B]: guessing a secret is slowed down, other clients at the address are not", async () => {
    const [guessed, bystander] = [await subscriptionClient(), await subscriptionClient()];
    let response = await ask(own, "/auth/oauth", { ...guessed, clientSecret: "wrong" });
    for (let guess = 0; response.status === 401 && guess < 30; guess += 1) {
      response = await ask(own, "/auth/oauth", { ...guessed, clientSecret: `wrong-${guess}` });
    }
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    await tokenOf(own, bystander);
    await logIn(own);
    clock.advance(Number(response.headers.get("retry-after")));
    await tokenOf(own, guessed);
  });

  ownTest("platform 4.1 [D]: calls of users and clients count together", async () => {
    const client = await subscriptionClient();
    const token = await tokenOf(own, client);
    const remaining = async (bearer: string) =>
      Number((await get(own, "/ot/1.0/host/count", bearer)).headers.get("x-ratelimit-remaining"));
    const first = await remaining(boss);
    expect(await remaining(token)).toBe(first - 1);
    expect(await remaining(boss)).toBe(first - 2);
  });
});

describe("who may make and manage which, on an installation of its own", () => {
  const own = useOwnTarget();
  let boss: string;
  let helper: string;
  beforeAll(async () => {
    if (process.env.CONFORMANCE_URL) return;
    boss = await logIn(own);
    const permissions = ["VMDR OT.API.ACCESS", "Client Management Access"];
    const json = { name: "Helper", hasApiAccess: true, permissions };
    await bodyOf(await call(own, "POST", "/admin/1.0/role/create", { token: boss, json }), 201);
    for (const name of ["plant", "office"]) {
      await bodyOf(await call(own, "POST", "/admin/1.0/tag/create", { token: boss, json: { name } }), 201);
    }
    helper = await logIn(own, await addUser(own, boss, "helper_1", "Helper", { scopeTags: ["plant"] }));
    await addUser(own, boss, "reader_1", "Reader", { scopeTags: ["office"] });
  });
  const put = (token: string, { clientId }: Pair, json: unknown) =>
    call(own, "PUT", `/admin/1.0/client/${clientId}`, { token, json });

  ownTest("platform 2.2 [B]: without Client Management Access nothing of it is open", async () => {
    const reader = await logIn(own, { username: "reader_1", password: PASSWORD });
    const response = await refused(own, reader, { name: "x", kind: "user", modules: ["OT"] });
    expect((await bodyOf(response, 403)).message).toBe("Client Management Access is required");
    expect(await statusOf(own, "/admin/1.0/client/list", reader)).toBe(403);
  });

  ownTest("platform 3 [B]: nobody makes a client that holds more than they do", async () => {
    const client = await make(own, helper, { name: "helper's", kind: "subscription", modules: ALL_MODULES });
    expect(client.permissions).toEqual(["VMDR OT.API.ACCESS", "Client Management Access"]);
    expect(client).toMatchObject({ hasFullScope: false, scopeTags: ["plant"] });
    const wanted = { name: "more", kind: "subscription", modules: ["OT"] };
    expect((await refused(own, helper, { ...wanted, permissions: ["OT UI Access"] })).status).toBe(403);
    expect((await refused(own, helper, { ...wanted, scopeTags: ["office"] })).status).toBe(403);
    expect((await refused(own, helper, { ...wanted, modules: ["ETM"] })).status).toBe(400);
  });

  ownTest("platform 3 [B]: nor changes, nor gets a secret of one that holds more, but may end it", async () => {
    const strong = await make(own, boss, { name: "strong", kind: "subscription", modules: ["ETM", "OT"] });
    const wide = await make(own, boss, {
      name: "wide",
      kind: "subscription",
      modules: ["OT"],
      permissions: ["VMDR OT.API.ACCESS"],
    });
    for (const client of [strong, wide]) {
      expect((await act(own, helper, client, "rotate")).status).toBe(403);
      expect((await put(helper, client, { name: "theirs" })).status).toBe(403);
    }
    expect((await act(own, helper, strong, "revoke")).status).toBe(200);
  });

  ownTest("platform 3 [B]: nor of another user's client, whose user they may not make", async () => {
    const managers = await make(own, boss, { name: "boss's", kind: "user", modules: ALL_MODULES });
    const all = await make(own, boss, { name: "everything", kind: "subscription", modules: ALL_MODULES });
    const token = await tokenOf(own, all);
    expect(await statusOf(own, `/admin/1.0/client/${managers.clientId}`, token)).toBe(200);
    expect((await bodyOf(await act(own, token, managers, "rotate"), 403)).message).toBe("Manager is required");
    expect((await put(token, managers, { modules: ["ADMIN"] })).status).toBe(403);
    expect((await act(own, boss, managers, "rotate")).status).toBe(200);
  });

  ownTest("platform 2.2 [B]: another user's clients are out of sight without User Management Access", async () => {
    const theirs = await make(own, boss, { name: "reader's", kind: "user", user: "reader_1", modules: ["OT"] });
    expect(theirs).toMatchObject({ user: "reader_1", kind: "user", scopeTags: ["office"] });
    const response = await refused(own, helper, { name: "y", kind: "user", user: "reader_1", modules: ["OT"] });
    expect((await bodyOf(response, 403)).message).toBe("User Management Access is required");
    expect(await statusOf(own, `/admin/1.0/client/${theirs.clientId}`, helper)).toBe(404);
    for (const verb of ["rotate", "revoke"]) expect((await act(own, helper, theirs, verb)).status).toBe(404);
    expect(await (await get(own, "/admin/1.0/client/list", helper)).text()).not.toContain(theirs.clientId);
    const mine = await make(own, helper, { name: "mine", kind: "user", modules: ["OT"] });
    expect((await act(own, helper, mine, "rotate")).status).toBe(200);
  });

  ownTest("platform 3 [B]: a client makes no client, and no Manager, beyond its own modules", async () => {
    const admin = await make(own, boss, { name: "admin only", kind: "user", modules: ["ADMIN"] });
    const token = await tokenOf(own, admin);
    expect((await refused(own, token, { name: "w", kind: "user", modules: ["OT"] })).status).toBe(403);
    expect((await refused(own, token, { name: "w", kind: "subscription", modules: ["OT"] })).status).toBe(400);
    expect((await put(token, admin, { modules: ALL_MODULES })).status).toBe(403);
    const json = { username: "made_1", password: PASSWORD, role: "Manager" };
    expect((await call(own, "POST", "/admin/1.0/user/create", { token, json })).status).toBe(403);
  });

  ownTest("platform 3 [D]: a subscription's client sees the assets of its tags", async () => {
    const client = await make(own, boss, {
      name: "none",
      kind: "subscription",
      modules: ["OT"],
      scopeTags: ["office"],
    });
    expect(client).toMatchObject({ hasFullScope: false, scopeTags: ["office"] });
    expect((await get(own, HOSTS, await tokenOf(own, client))).headers.get("count")).toBe("0");
  });
});
