import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const HOSTS = "/ot/1.0/host/list";
const PASSWORD = "a-long-pass-phrase-1";
const ISSUER = "https://login.plant.example/";
const AUDIENCE = "breakwater";
const NOT_AUTHENTICATED = { status: 401, error: "Unauthorized", message: "Not authenticated" };

const clock = new HandClock("2025-09-01T08:00:00Z");
const own = useOwnTarget({ clock: clock.read });
const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pemOf = (key: KeyObject) => String(key.export({ type: "spki", format: "pem" }));

let boss: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  boss = await logIn(own);
  for (const [username, email] of [
    ["ana_1", "ana@plant.example"],
    ["ben_1", "Ben@plant.example"],
  ]) {
    const json = { username, email, password: PASSWORD, role: "Reader" };
    await bodyOf(await call(own, "POST", "/admin/1.0/user/create", { token: boss, json }), 201);
  }
});

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
type Forgery = { claims?: object; header?: object; key?: KeyObject };
/** A token as the provider makes it, but for what is said. */
function issue({ claims = {}, header = {}, key = pair.privateKey }: Forgery = {}): string {
  const now = clock.nowMs / 1000;
  const payload = { iss: ISSUER, aud: AUDIENCE, sub: "ana_1", iat: now, exp: now + 600, ...claims };
  const text = `${encode({ alg: "RS256", typ: "JWT", ...header })}.${encode(payload)}`;
  const options = key.asymmetricKeyType === "ec" ? { key, dsaEncoding: "ieee-p1363" as const } : key;
  return `${text}.${sign("sha256", Buffer.from(text), options).toString("base64url")}`;
}
const create = (more: object) => {
  const json = {
    name: `p${Math.random()}`,
    issuer: ISSUER,
    audience: AUDIENCE,
    certificates: [pemOf(pair.publicKey)],
    ...more,
  };
  return call(own, "POST", "/admin/1.0/idp/create", { token: boss, json });
};
const path = (id: unknown) => `/admin/1.0/idp/${id}`;
const remove = (id: unknown) => call(own, "DELETE", path(id), { token: boss });
/** Runs with a provider, known to the server by then. */
async function withProvider(more: object, work: (id: unknown) => Promise<void>): Promise<void> {
  const { id } = await bodyOf(await create(more), 201);
  clock.advance(1);
  try {
    await work(id);
  } finally {
    await remove(id);
    clock.advance(1);
  }
}
const statusOf = async (token: string) => (await get(own, HOSTS, token)).status;

ownTest("platform 2.3 [D]: a provider's token is a bearer token of the user that sub names", () =>
  withProvider({}, async () => {
    expect(await statusOf(issue())).toBe(200);
    expect(await statusOf(issue({ header: { typ: "at+jwt" } }))).toBe(200);
    expect(await statusOf(issue({ claims: { aud: ["x", AUDIENCE] } }))).toBe(200);
    expect((await get(own, "/admin/1.0/user/list", issue())).status).toBe(403);
  }),
);

ownTest("platform 2.3 [D]: or of the one user with that e-mail address", () =>
  withProvider({ userClaim: "email" }, async () => {
    const mail = (email: unknown, more = {}) => statusOf(issue({ claims: { sub: "x", email, ...more } }));
    expect(await mail("ben@PLANT.example")).toBe(200);
    expect(await mail("ben@plant.example", { email_verified: true })).toBe(200);
    expect(await mail("ben@plant.example", { email_verified: false })).toBe(401);
    expect(await mail("ben@plant.example", { email_verified: "false" })).toBe(401);
    for (const email of ["nobody@plant.example", "", null, ["ben@plant.example"], "ben@plant.example\u0000"]) {
      expect(await mail(email)).toBe(401);
    }
    expect(await statusOf(issue())).toBe(401);
  }),
);

ownTest("platform 2.3 [B]: what is not quite the provider's token is 401", () =>
  withProvider({}, async () => {
    const now = clock.nowMs / 1000;
    const [header, payload] = issue().split(".") as [string, string];
    const withHeader = (value: object) => `${encode(value)}.${payload}`;
    const hmac = (text: string, secret: string) =>
      `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
    const forgeries: Record<string, string> = {
      "another key": issue({ key: other.privateKey }),
      "another curve's key": issue({ key: curve.privateKey, header: { alg: "ES256" } }),
      "the wrong audience": issue({ claims: { aud: "x" } }),
      "no audience": issue({ claims: { aud: undefined } }),
      "the wrong issuer": issue({ claims: { iss: `${ISSUER}x` } }),
      "our issuer": issue({ claims: { iss: "qas", aud: "qas" } }),
      "no issuer": issue({ claims: { iss: undefined } }),
      "an unknown user": issue({ claims: { sub: "nobody" } }),
      "another spelling": issue({ claims: { sub: "ANA_1" } }),
      "no user": issue({ claims: { sub: undefined } }),
      "no exp": issue({ claims: { exp: undefined } }),
      "no iat": issue({ claims: { iat: undefined } }),
      "iat in the future": issue({ claims: { iat: now + 61 } }),
      "nbf in the future": issue({ claims: { nbf: now + 61 } }),
      "a log-out token": issue({ header: { typ: "logout+jwt" } }),
      "alg none": `${withHeader({ alg: "none" })}.`,
      "HS256 with the public key": hmac(withHeader({ alg: "HS256" }), pemOf(pair.publicKey)),
      "RS512 in the header": `${withHeader({ alg: "RS512" })}.${issue().split(".")[2]}`,
      "an altered payload": `${header}.${encode({ iss: ISSUER, aud: AUDIENCE, sub: "acme_mgr1", iat: now, exp: now + 9 })}.${issue().split(".")[2]}`,
    };
    for (const [name, token] of Object.entries(forgeries)) {
      const response = await get(own, HOSTS, token);
      expect([name, response.status, await response.json()]).toEqual([name, 401, NOT_AUTHENTICATED]);
    }
  }),
);

ownTest("platform 2.3 [B]: expired is 401 and says JWT expired, also of a token that was good a moment ago", () =>
  withProvider({}, async () => {
    const token = issue({ claims: { exp: clock.nowMs / 1000 + 2 } });
    expect(await statusOf(token)).toBe(200);
    clock.advance(2);
    const response = await get(own, HOSTS, token);
    expect([response.status, await response.json()]).toEqual([401, { ...NOT_AUTHENTICATED, message: "JWT expired" }]);
  }),
);

ownTest("platform 2.3 [B]: taking the provider or the user away ends live tokens within a second", async () => {
  const ben = issue({ claims: { sub: "ben_1" } });
  const users = await bodyOf<{ id: number; username: string }[]>(await get(own, "/admin/1.0/user/list", boss));
  const id = users.find(({ username }) => username === "ben_1")?.id;
  const set = (status: string) => call(own, "PUT", `/admin/1.0/user/${id}`, { token: boss, json: { status } });
  await withProvider({}, async () => {
    expect(await statusOf(ben)).toBe(200);
    await set("INACTIVE");
    clock.advance(1);
    expect(await statusOf(ben)).toBe(401);
    await set("ACTIVE");
    clock.advance(1);
    expect(await statusOf(ben)).toBe(200);
  });
  expect(await statusOf(ben)).toBe(401);
});

ownTest("platform 2.3 [B]: a change of audience or keys acts within a second", () =>
  withProvider({}, async (id) => {
    const put = async (json: object) => {
      const body = await bodyOf(await call(own, "PUT", path(id), { token: boss, json }));
      clock.advance(1);
      return body;
    };
    const token = issue();
    expect(await statusOf(token)).toBe(200);
    await put({ audience: "elsewhere" });
    expect(await statusOf(token)).toBe(401);
    await put({ audience: AUDIENCE, certificates: [pemOf(other.publicKey), pemOf(pair.publicKey)] });
    for (const key of [pair.privateKey, other.privateKey]) expect(await statusOf(issue({ key }))).toBe(200);
    await put({ certificates: [pemOf(curve.publicKey)] });
    expect(await statusOf(token)).toBe(401);
    expect(await statusOf(issue({ key: curve.privateKey, header: { alg: "ES256" } }))).toBe(200);
  }),
);

ownTest("platform 2.3 [B]: a token for two providers is neither's", async () => {
  const { id } = await bodyOf(await create({ audience: "second" }), 201);
  await withProvider({}, async () => {
    expect(await statusOf(issue())).toBe(200);
    expect(await statusOf(issue({ claims: { aud: [AUDIENCE, "second"] } }))).toBe(401);
  });
  await remove(id);
});

ownTest("platform 2.3 [B]: what cannot be a provider is refused", async () => {
  const { id } = await bodyOf(await create({ name: "First" }), 201);
  const privatePem = String(pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  for (const [status, part] of [
    [409, {}],
    [409, { name: "FIRST", audience: "b" }],
    [400, { audience: "b", certificates: [] }],
    [400, { audience: "b", certificates: ["x"] }],
    [400, { audience: "b", certificates: [privatePem] }],
    [400, { audience: "b", certificates: [`${pemOf(pair.publicKey)}${privatePem}`] }],
    [400, { audience: "b", certificates: [pemOf(weak)] }],
    [400, { audience: "b", certificates: Array.from({ length: 6 }, () => pemOf(pair.publicKey)) }],
    [400, { audience: "b", jwksUrl: "https://idp.example/jwks" }],
    [400, { audience: "b", certificates: [], jwksUrl: "http://idp.example/jwks" }],
    [400, { audience: "b", certificates: [], jwksUrl: "file:///etc/passwd" }],
    [400, { audience: "b", certificates: [], jwksUrl: "https://user:secret@idp.example/jwks" }],
    [400, { issuer: "qas", audience: "qas" }],
    [400, { audience: "b", userClaim: "name" }],
    [400, { audience: "b\u0000" }],
  ] as const) {
    expect([part, (await create(part)).status]).toEqual([part, status]);
  }
  expect((await bodyOf(await get(own, path(id), boss))).name).toBe("First");
  expect((await remove(id)).status).toBe(204);
  expect((await remove(id)).status).toBe(404);
  expect((await get(own, path(2 ** 31), boss)).status).toBe(400);
});

ownTest("platform 3 [B]: only a Manager adds or changes a provider", async () => {
  const permissions = ["Subscription Management Access", "VMDR OT.API.ACCESS"];
  const role = { name: "Settings", hasApiAccess: true, permissions };
  await bodyOf(await call(own, "POST", "/admin/1.0/role/create", { token: boss, json: role }), 201);
  const login = { username: "settings_1", password: PASSWORD };
  const user = { ...login, role: "Settings" };
  await bodyOf(await call(own, "POST", "/admin/1.0/user/create", { token: boss, json: user }), 201);
  const json = { name: "mine", issuer: ISSUER, audience: AUDIENCE, certificates: [pemOf(pair.publicKey)] };
  expect((await call(own, "POST", "/admin/1.0/idp/create", { token: await logIn(own, login), json })).status).toBe(403);

  // It holds every permission on every asset, and still may make no Manager.
  const client = { name: "everything", kind: "subscription", modules: ["ETM", "OT", "INGEST", "ADMIN"] };
  const made = await bodyOf(await call(own, "POST", "/admin/1.0/client/create", { token: boss, json: client }), 201);
  const headers = { clientId: String(made.clientId), clientSecret: String(made.clientSecret) };
  const token = await (await call(own, "POST", "/auth/oauth", { headers })).text();
  expect((await get(own, "/admin/1.0/idp/list", token)).status).toBe(200);
  const refused = await bodyOf(await call(own, "POST", "/admin/1.0/idp/create", { token, json }), 403);
  expect(refused.message).toBe("Manager is required");
  await withProvider({}, async (id) => {
    expect((await call(own, "PUT", path(id), { token, json: { name: "mine" } })).status).toBe(403);
  });
});

/** A provider's key set over HTTP, which can change and break. */
class KeyServer {
  keys: object[] = [];
  status = 200;
  requests = 0;
  readonly #server: Server = createServer((_request, response) => {
    this.requests += 1;
    if (this.status === 302) response.setHeader("location", "/elsewhere");
    response.writeHead(this.status).end(JSON.stringify({ keys: this.keys }));
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
const server = new KeyServer();
afterAll(() => server.close());

ownTest(
  "platform 2.3 [B]: keys are fetched when asked for, kept while the provider is down, and asked for not too often",
  async () => {
    const jwksUrl = await server.open();
    const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: "jwk" }), kid, use: "sig" });
    const by = (key: KeyObject, kid: string) => issue({ key, header: { kid } });
    server.keys = [jwk(pair.publicKey, "one"), { kty: "oct", k: "c2VjcmV0", kid: "oct" }];
    await withProvider({ certificates: [], jwksUrl }, async () => {
      expect(server.requests).toBe(0);
      expect(await statusOf(by(pair.privateKey, "one"))).toBe(200);
      expect(await statusOf(by(other.privateKey, "two"))).toBe(401);
      expect(await statusOf(by(other.privateKey, "one"))).toBe(401);
      expect(server.requests).toBe(1);

      server.keys.push(jwk(other.publicKey, "two"));
      clock.advance(30);
      expect(await statusOf(by(other.privateKey, "two"))).toBe(200);
      for (let round = 0; round < 5; round += 1) expect(await statusOf(by(other.privateKey, `x${round}`))).toBe(401);
      expect(server.requests).toBe(2);

      for (const status of [500, 302]) {
        server.status = status;
        clock.advance(3600);
        expect(await statusOf(by(pair.privateKey, "one"))).toBe(200);
        expect(await statusOf(by(curve.privateKey, "three"))).toBe(401);
      }
      expect(server.requests).toBe(4);

      server.status = 200;
      server.keys = [jwk(other.publicKey, "two")];
      clock.advance(3600);
      expect(await statusOf(by(pair.privateKey, "one"))).toBe(401);
      expect(await statusOf(by(other.privateKey, "two"))).toBe(200);
    });
  },
);
