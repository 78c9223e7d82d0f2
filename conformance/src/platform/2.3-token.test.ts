import { beforeAll, describe, expect, test } from "vitest";
import { bodyOf, call, get, logIn, postAuth } from "../http.ts";
import { HandClock, ownTest, useOwnTarget, useTarget } from "../target.ts";

const NOT_AUTHENTICATED = { status: 401, error: "Unauthorized", message: "Not authenticated" };
const LIFETIME_SEC = 4 * 3600;

const target = useTarget();
let token: string;
beforeAll(async () => {
  token = await logIn(target);
});

const parts = (jwt: string) => jwt.split(".") as [string, string, string];
const decode = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString("latin1"));
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const tokenWithPermissions = async () =>
  (await postAuth(target, new URLSearchParams({ ...target.manager, permissions: "true" }).toString())).text();

test("platform 2.3 [D]: it is valid for four hours and signed HS512", () => {
  const [header, payload] = parts(token);
  expect(decode(header).alg).toBe("HS512");
  const { iat, exp } = decode(payload);
  expect(exp - iat).toBe(LIFETIME_SEC);
});

test("platform 2.3 [D]: it has the claims that clients read", () => {
  expect(decode(parts(token)[1])).toMatchObject({
    sub: target.manager.username,
    iss: "qas",
    aud: "qas",
    iat: expect.any(Number),
    exp: expect.any(Number),
    jti: expect.stringMatching(/.{8}/),
    loginResponse: "SUCCESSFUL",
    credentialType: "UsernamePasswordCredential",
    usertype: "fo",
    modulesAllowed: expect.arrayContaining([expect.any(String)]),
  });
});

test("platform 2.3 [D]: no two tokens have the same jti", async () => {
  const other = await logIn(target);
  expect(decode(parts(other)[1]).jti).not.toBe(decode(parts(token)[1]).jti);
});

test("platform 2.3 [B]: with permissions=true it lists the caller's permissions, without it none", async () => {
  const { permissions } = decode(parts(await tokenWithPermissions())[1]);
  expect(permissions).toEqual(expect.arrayContaining(["ETM API Access", "VMDR OT.API.ACCESS"]));
  expect(decode(parts(token)[1])).not.toHaveProperty("permissions");
});

test("platform 2.3 [B]: own claims are namespaced", async () => {
  const documented =
    /^(sub|iss|aud|iat|exp|jti|loginResponse|credentialType|usertype|modulesAllowed|permissions|breakwater([.:/].*)?)$/;
  for (const claim of Object.keys(decode(parts(await tokenWithPermissions())[1]))) expect(claim).toMatch(documented);
});

test("platform 2.3 [O]: the largest token stays below 4 KB", async () => {
  expect((await tokenWithPermissions()).length).toBeLessThan(4096);
});

test("platform 2.3 [O]: the payload can be read by a plain base64 decoder", async () => {
  expect(parts(await tokenWithPermissions())[1]).toMatch(/^[A-Za-z0-9]+$/);
});

describe("what is no token of ours is 401 with the printed body", () => {
  const forgeries: Record<string, () => string | undefined> = {
    "no header": () => undefined,
    "an empty bearer": () => "Bearer",
    "one word": () => "Bearer x",
    "three words": () => "Bearer x.y.z",
    "no scheme": () => token,
    "Basic credentials": () =>
      `Basic ${Buffer.from(`${target.manager.username}:${target.manager.password}`).toString("base64")}`,
    "an altered payload": () => {
      const [header, payload, signature] = parts(token);
      return `Bearer ${header}.${encode({ ...decode(payload), sub: "root" })}.${signature}`;
    },
    "an altered signature": () => {
      const [header, payload, signature] = parts(token);
      return `Bearer ${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    },
    "alg none": () => {
      const [header, payload] = parts(token);
      return `Bearer ${encode({ ...decode(header), alg: "none" })}.${payload}.`;
    },
    "alg none with a signature": () => {
      const [header, payload, signature] = parts(token);
      return `Bearer ${encode({ ...decode(header), alg: "none" })}.${payload}.${signature}`;
    },
    "another algorithm": () => {
      const [header, payload, signature] = parts(token);
      return `Bearer ${encode({ ...decode(header), alg: "RS512" })}.${payload}.${signature}`;
    },
    "an unknown key": () => {
      const [header, payload, signature] = parts(token);
      return `Bearer ${encode({ ...decode(header), kid: "../../etc/passwd" })}.${payload}.${signature}`;
    },
    "100 KB of token": () => `Bearer ${"a".repeat(5000)}.${"b".repeat(5000)}.${"c".repeat(5000)}`,
  };
  test.each(Object.entries(forgeries))("platform 2.3 [D]: %s", async (_, authorization) => {
    const value = authorization();
    const response = await get(
      target,
      "/ot/1.0/host/list",
      undefined,
      value === undefined ? {} : { authorization: value },
    );
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual(NOT_AUTHENTICATED);
  });
});

test("platform 2.3 [D]: the scheme's name has no case", async () => {
  expect((await get(target, "/ot/1.0/host/list", undefined, { authorization: `bearer ${token}` })).status).toBe(200);
});

describe("on an installation of its own", () => {
  const clock = new HandClock("2025-09-01T08:00:00Z");
  const own = useOwnTarget({ clock: clock.read });

  ownTest("platform 2.3 [D]: a token ends after four hours, not before, and says JWT expired", async () => {
    const mine = await logIn(own);
    clock.advance(LIFETIME_SEC - 1);
    expect((await get(own, "/ot/1.0/host/list", mine)).status).toBe(200);
    clock.advance(1);
    const response = await get(own, "/ot/1.0/host/list", mine);
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ ...NOT_AUTHENTICATED, message: "JWT expired" });
  });

  ownTest("platform 2.3 [B]: a token issued more than 60 s in the future is 401", async () => {
    clock.advance(120);
    const mine = await logIn(own);
    clock.advance(-60);
    expect((await get(own, "/ot/1.0/host/count", mine)).status).toBe(200);
    const later = await logIn(own);
    clock.advance(-61);
    expect((await get(own, "/ot/1.0/host/count", later)).status).toBe(401);
  });

  ownTest("platform 2.3 [B]: the signing key outlives a restart", async () => {
    const mine = await logIn(own);
    await own.restart();
    expect((await get(own, "/ot/1.0/host/list", mine)).status).toBe(200);
  });

  ownTest("platform 2.3 [O]: the payload is pure ASCII whatever the user is called", async () => {
    const login = { username: "zoë~?>ÿ\u{1f6a2}ß_1", password: "a-long-pass-phrase-1" };
    const json = { ...login, role: "Reader" };
    await bodyOf(await call(own, "POST", "/admin/1.0/user/create", { token: await logIn(own), json }), 201);
    const [, payload] = parts(await logIn(own, login));
    expect(payload).toMatch(/^[A-Za-z0-9]+$/);
    const text = Buffer.from(payload, "base64").toString("latin1");
    expect(text).toMatch(/^[\x20-\x7d]+$/);
    expect(text).not.toMatch(/[>?~]/);
    expect(JSON.parse(text).sub).toBe(login.username);
  });
});
