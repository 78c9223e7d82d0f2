import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import { sql } from "kysely";
import { Provider } from "oidc-provider";
import { afterAll, beforeAll, expect, test } from "vitest";

const AUDIENCE = "urn:breakwater";
const USERS = ["ana_1", "elsewhere_1"];
const SECRET = "secret-of-the-provider's-client";

let installation: TestInstallation;
let now = Math.floor(Date.now() / 1000) * 1000;
/** A real OpenID provider on loopback, whose keys can be changed. */
let server: Server;
let answer: RequestListener = () => {};
let issuer: string;

beforeAll(async () => {
  installation = await startInstallation({ clock: () => now });
  await sql`
    WITH s AS (INSERT INTO subscription (name) VALUES ('Other') RETURNING id),
         r AS (INSERT INTO role (subscription_id, name, has_api_access, has_ui_access, permissions)
               SELECT id, 'Reader', true, false, '{VMDR OT.API.ACCESS}' FROM s RETURNING subscription_id, id)
    INSERT INTO app_user (subscription_id, username, email, password_hash, role_id)
    SELECT subscription_id, 'elsewhere_1', 'elsewhere@x.example', 'none', id FROM r`.execute(installation.db.write);
  await sql`
    INSERT INTO app_user (subscription_id, username, email, password_hash, role_id)
    SELECT 1, v.name, v.email, 'none', r.id FROM role r,
      (VALUES ('ana_1', 'ana@x.example'), ('twin_1', 'twin@x.example'), ('twin_2', 'Twin@x.example')) v (name, email)
    WHERE r.subscription_id = 1 AND r.name = 'Reader'`.execute(installation.db.write);
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answer = await startProvider(await makeKey("first"));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await installation.close();
});

async function makeKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
}

/** Gives JWT access tokens (RFC 9068) by client credentials, to clients called like users. */
async function startProvider(...keys: JWK[]): Promise<RequestListener> {
  const provider = new Provider(issuer, {
    jwks: { keys } as never,
    clients: USERS.map((client_id) => ({
      client_id,
      client_secret: SECRET,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    })),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, audience) => ({
          scope: "read",
          audience,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  });
  return provider.callback();
}

/** An access token from the provider, by its own protocol. */
async function getToken(user: string, audience = AUDIENCE): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    headers: { authorization: `Basic ${Buffer.from(`${user}:${encodeURIComponent(SECRET)}`).toString("base64")}` },
    body: new URLSearchParams({ grant_type: "client_credentials", resource: audience, scope: "read" }),
  });
  const body = (await response.json()) as { access_token?: string };
  if (!body.access_token) throw new Error(`the provider answered ${JSON.stringify(body)}`);
  return body.access_token;
}
const statusOf = async (token: string) =>
  (await fetch(`${installation.url}/ot/1.0/host/list`, { headers: { authorization: `Bearer ${token}` } })).status;

/** Makes the provider known, with what is said changed; the server knows it by then. */
async function register(json: object): Promise<void> {
  expect((await post("idp/create", { ...settings(), ...json })).status).toBe(201);
  now += 1000;
}
const settings = () => ({ name: "Provider", issuer, audience: AUDIENCE, jwksUrl: `${issuer}/jwks` });
async function post(path: string, json: object, login: { username: string; password: string } = MANAGER) {
  const form = { method: "POST", body: new URLSearchParams({ username: login.username, password: login.password }) };
  const token = await fetch(`${installation.url}/auth`, form).then((response) => response.text());
  return fetch(`${installation.url}/admin/1.0/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(json),
  });
}

test("access tokens of a real OpenID provider are bearer tokens, also after it has changed its keys", async () => {
  expect(await statusOf(await getToken("ana_1"))).toBe(401);
  await register({});
  const token = await getToken("ana_1");
  expect(await statusOf(token)).toBe(200);
  expect(await statusOf(await getToken("ana_1", "urn:other"))).toBe(401);
  expect(await statusOf(await getToken("elsewhere_1"))).toBe(401);
  answer = await startProvider(await makeKey("second"));
  now += 30_000;
  const fresh = await getToken("ana_1");
  expect(await statusOf(fresh)).toBe(200);
  expect(await statusOf(token)).toBe(401);
});

test("the first call with a token is in the audit log, and is the user's last log-in", async () => {
  const events = async () => {
    const { rows } = await sql<{ action: string }>`
      SELECT e.action, e.address, e.result, p.name FROM audit_event e JOIN identity_provider p ON p.id::text = e.target
      WHERE e.subscription_id = 1 AND e.actor = 'ana_1' ORDER BY e.id`.execute(installation.db.write);
    return rows;
  };
  const before = await events();
  const token = await getToken("ana_1");
  const statuses = await Promise.all([1, 2].map(() => statusOf(token)));
  const firstAt = new Date(now);
  now += 1000;
  expect([...statuses, await statusOf(token), await statusOf(token)]).toEqual(Array(4).fill(200));
  const added = (await events()).slice(before.length);
  expect(added).toEqual([{ action: "auth.provider", address: "127.0.0.1", result: "success", name: "Provider" }]);
  const { rows } = await sql`SELECT last_login_at FROM app_user WHERE username = 'ana_1'`.execute(
    installation.db.write,
  );
  expect(rows).toEqual([{ last_login_at: firstAt }]);
  await sql`UPDATE app_user SET status = 'INACTIVE' WHERE username = 'ana_1'`.execute(installation.db.write);
  now += 1000;
  expect(await statusOf(await getToken("ana_1"))).toBe(401);
  expect(await events()).toHaveLength(before.length + 1);
  await sql`UPDATE app_user SET status = 'ACTIVE' WHERE username = 'ana_1'`.execute(installation.db.write);
  now += 1000;
});

test("a tenant's provider does not make the server ask itself, whatever the name says", async () => {
  const manager = { username: "tenant_boss", password: "a-long-password-1" };
  const tenant = { name: "Tenant", managerUsername: manager.username, managerPassword: manager.password };
  expect((await post("subscription/create", tenant)).status).toBe(201);
  for (const jwksUrl of [
    `${issuer}/jwks`,
    "http://localhost:9/",
    "https://127.1/",
    "https://[::1]/",
    "https://a.localhost/",
  ]) {
    const response = await post("idp/create", { ...settings(), audience: "urn:tenant", jwksUrl }, manager);
    expect([jwksUrl, response.status]).toEqual([jwksUrl, 400]);
  }
  for (const host of ["169.254.169.254", "168.63.129.16", "100.100.100.200"]) {
    const response = await post("idp/create", { ...settings(), audience: "urn:cloud", jwksUrl: `https://${host}/` });
    expect([host, response.status]).toEqual([host, 400]);
  }
  // Written past the first check: a name that leads here when it is looked up, and an address that is not looked up.
  const asked: string[] = [];
  const provider = answer;
  for (const [index, jwksUrl] of [`${issuer.replace("127.0.0.1", "localhost")}/jwks`, `${issuer}/jwks`].entries()) {
    const audience = `urn:tenant-${index}`;
    await sql`
      INSERT INTO identity_provider (subscription_id, name, issuer, audience, jwks_url, user_claim, created_by, created_at)
      SELECT subscription_id, ${audience}, ${issuer}, ${audience}, ${jwksUrl}, 'sub', 'test', now() FROM app_user
      WHERE username = 'elsewhere_1'`.execute(installation.db.write);
    now += 1000;
    const token = await getToken("elsewhere_1", audience);
    answer = (request, response) => {
      asked.push(request.url ?? "");
      return provider(request, response);
    };
    expect(await statusOf(token)).toBe(401);
    answer = provider;
  }
  expect(asked).toEqual([]);
});

test("of users who share an e-mail address, in whatever case, a token means none", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const own = { name: "Mail", issuer: "https://mail.example", userClaim: "email", jwksUrl: null };
  await register({ ...own, certificates: [await exportSPKI(publicKey)] });
  const tokenFor = (email: string) =>
    new SignJWT({ email, sub: "x" })
      .setProtectedHeader({ alg: "ES256" })
      .setIssuer(own.issuer)
      .setAudience(AUDIENCE)
      .setIssuedAt(now / 1000)
      .setExpirationTime(now / 1000 + 60)
      .sign(privateKey);
  expect(await statusOf(await tokenFor("ANA@x.example"))).toBe(200);
  expect(await statusOf(await tokenFor("twin@x.example"))).toBe(401);
  expect(await statusOf(await tokenFor("elsewhere@x.example"))).toBe(401);
});
