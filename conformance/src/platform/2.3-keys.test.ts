import { createHmac, createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { HandClock, ownTest, type Target, useOwnTarget, useTarget } from "../target.ts";

type Jwk = JsonWebKey & { kid: string; alg: string; use: string };
type SigningKey = { kid: string; algorithm: string; retired: string | null; deleted: string | null };
const HOSTS = "/ot/1.0/host/list";
const JWKS = "/.well-known/jwks.json";

const parts = (jwt: string) => jwt.split(".") as [string, string, string];
const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString("latin1"));
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const kidOf = (jwt: string) => decode(parts(jwt)[0]).kid;
const jwksOf = async (at: Target) => (await bodyOf<{ keys: Jwk[] }>(await get(at, JWKS))).keys;

/** A way to get RS512 tokens: through a client made for it. */
async function makeMinter(at: Target): Promise<(form?: string) => Promise<string>> {
  const json = { name: `minter ${Date.now()} ${Math.random()}`, kind: "subscription", modules: ["OT"] };
  const made = await call(at, "POST", "/admin/1.0/client/create", { token: await logIn(at), json });
  const { clientId, clientSecret } = await bodyOf<{ clientId: string; clientSecret: string }>(made, 201);
  return async (form = "encrypted=RSA512") => {
    const headers = { clientId, clientSecret, "content-type": "application/x-www-form-urlencoded" };
    const response = await call(at, "POST", "/auth/oauth", { headers, body: form });
    expect(response.status).toBe(200);
    return response.text();
  };
}

/** The token with another algorithm in its header, signed with these bytes as a secret. */
function confuse(jwt: string, alg: string, secret: string | Buffer): string {
  const [header, payload] = parts(jwt);
  const text = `${encode({ ...decode(header), alg })}.${payload}`;
  return `${text}.${createHmac(alg.replace("HS", "sha"), secret).update(text).digest("base64url")}`;
}

const target = useTarget();
let token: string;
let publicKey: KeyObject;
let jwk: Jwk;
beforeAll(async () => {
  token = await (await makeMinter(target))();
  jwk = (await jwksOf(target)).find(({ kid }) => kid === kidOf(token)) as Jwk;
  publicKey = createPublicKey({ key: jwk, format: "jwk" });
});

test("platform 2.3 [B]: an RS512 token is good, and its signature is that of a key of the set", async () => {
  const [header, payload, signature] = parts(token);
  expect(decode(header).alg).toBe("RS512");
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify("sha512", signed, publicKey, Buffer.from(signature, "base64url"))).toBe(true);
  expect((await get(target, HOSTS, token)).status).toBe(200);
});

test("platform 2.3 [B]: the set is public, short to keep, and holds public RSA keys only", async () => {
  const response = await get(target, JWKS);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toMatch(/max-age=[1-9]\d*/);
  const { keys } = await bodyOf<{ keys: Jwk[] }>(response);
  for (const key of keys) {
    expect(Object.keys(key).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
    expect(key).toMatchObject({ kty: "RSA", alg: "RS512", use: "sig" });
  }
});

describe("algorithm confusion is 401", () => {
  const secrets: Record<string, () => string | Buffer> = {
    PEM: () => publicKey.export({ type: "spki", format: "pem" }),
    "PEM without its last line break": () => String(publicKey.export({ type: "spki", format: "pem" })).trimEnd(),
    "PKCS#1 PEM": () => publicKey.export({ type: "pkcs1", format: "pem" }),
    DER: () => publicKey.export({ type: "spki", format: "der" }),
    "PKCS#1 DER": () => publicKey.export({ type: "pkcs1", format: "der" }),
    JWK: () => JSON.stringify(jwk),
    modulus: () => Buffer.from(String(jwk.n), "base64url"),
    nothing: () => "",
  };
  test.each(Object.entries(secrets))("platform 2.3 [B]: HS with the public key as %s", async (_, secret) => {
    for (const alg of ["HS256", "HS384", "HS512"]) {
      expect((await get(target, HOSTS, confuse(token, alg, secret()))).status).toBe(401);
    }
  });

  test("platform 2.3 [B]: an RS512 header with the key id of an HS512 token, and the other way round", async () => {
    const other = await logIn(target);
    const [, payload, signature] = parts(token);
    for (const [alg, kid] of [
      ["RS512", kidOf(other)],
      ["HS512", kidOf(token)],
      ["RS256", kidOf(token)],
      ["PS512", kidOf(token)],
      ["none", kidOf(token)],
    ]) {
      const forged = `${encode({ alg, typ: "JWT", kid })}.${payload}.${alg === "none" ? "" : signature}`;
      expect((await get(target, HOSTS, forged)).status).toBe(401);
    }
  });

  test("platform 2.3 [B]: a key that the token brings along is not looked at", async () => {
    const [header, payload] = parts(token);
    for (const more of [
      { jwk },
      { jku: `${target.url}${JWKS}` },
      { kid: undefined, jwk },
      { kid: ["x"] },
      { crit: ["x"] },
    ]) {
      const forged = `${encode({ ...decode(header), ...more })}.${payload}.${parts(token)[2]}`;
      expect((await get(target, HOSTS, forged)).status).toBe(401);
    }
  });
});

describe("rotation, on an installation of its own", () => {
  const clock = new HandClock("2025-09-01T08:00:00Z");
  const own = useOwnTarget({ clock: clock.read });
  const rotate = async (algorithm: string) => {
    const response = await call(own, "POST", "/admin/1.0/key/rotate", { token: await logIn(own), json: { algorithm } });
    return bodyOf<SigningKey>(response, 201);
  };
  const list = async () => bodyOf<SigningKey[]>(await get(own, "/admin/1.0/key/list", await logIn(own)));

  ownTest("platform 2.3 [B]: the new key signs, the former verifies until its last token has expired", async () => {
    const mint = await makeMinter(own);
    for (const [algorithm, form] of [
      ["HS512", ""],
      ["RS512", "encrypted=RSA512"],
    ] as const) {
      const before = await mint(form);
      clock.advance(60);
      const { kid } = await rotate(algorithm);
      const after = await mint(form);
      expect(kidOf(after)).toBe(kid);
      expect(kidOf(before)).not.toBe(kid);
      for (const jwt of [before, after]) expect((await get(own, HOSTS, jwt)).status).toBe(200);
      const former = (await list()).find((key) => key.kid === kidOf(before));
      expect(former).toMatchObject({ algorithm, retired: new Date(clock.nowMs).toISOString() });
      clock.set(former?.deleted as string);
      expect((await get(own, HOSTS, before)).status).toBe(401);
      expect((await list()).map((key) => key.kid)).not.toContain(kidOf(before));
    }
  });

  ownTest("platform 2.3 [B]: the set has the former key beside the new one, and never an HS key", async () => {
    const mint = await makeMinter(own);
    const before = kidOf(await mint());
    const { kid } = await rotate("RS512");
    await rotate("HS512");
    expect((await jwksOf(own)).map((key) => key.kid)).toEqual(expect.arrayContaining([kid, before]));
    const rsa = (await list()).filter(({ algorithm }) => algorithm === "RS512");
    expect((await jwksOf(own)).map((key) => key.kid).sort()).toEqual(rsa.map((key) => key.kid).sort());
  });

  ownTest("platform 2.3 [B]: lists show no secret", async () => {
    for (const key of await list()) {
      expect(Object.keys(key).sort()).toEqual(["algorithm", "created", "deleted", "kid", "retired"]);
    }
  });

  ownTest("platform 2.3 [B]: rotations have an end, until former keys are deleted", async () => {
    const statuses: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const json = { algorithm: "HS512" };
      statuses.push((await call(own, "POST", "/admin/1.0/key/rotate", { token: await logIn(own), json })).status);
    }
    expect(statuses.at(-1)).toBe(409);
    clock.advance(5 * 3600);
    await rotate("HS512");
  });

  ownTest("platform 2.3 [B]: keys are the operator's, with Subscription Management Access", async () => {
    const json = { username: "plain_1", password: "a-long-pass-phrase-1", role: "Reader" };
    await bodyOf(await call(own, "POST", "/admin/1.0/user/create", { token: await logIn(own), json }), 201);
    const reader = await logIn(own, json);
    expect((await get(own, "/admin/1.0/key/list", reader)).status).toBe(403);
    const body = { token: reader, json: { algorithm: "HS512" } };
    expect((await call(own, "POST", "/admin/1.0/key/rotate", body)).status).toBe(403);
    const wrong = { token: await logIn(own), json: { algorithm: "none" } };
    expect((await call(own, "POST", "/admin/1.0/key/rotate", wrong)).status).toBe(400);
  });
});
