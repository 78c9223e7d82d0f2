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
  const token = await fetch(`${installation.url}/auth`, {
    method: "POST",
    body: new URLSearchParams(MANAGER),
  }).then((response) => response.text());
  const response = await fetch(`${installation.url}/admin/1.0/idp/create`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "Provider", issuer, audience: AUDIENCE, jwksUrl: `${issuer}/jwks`, ...json }),
  });
  expect(response.status).toBe(201);
  now += 1000;
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
