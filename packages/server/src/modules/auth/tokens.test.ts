import { createSecretKey, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { PERMISSIONS, SHIPPED_ROLES } from "@breakwater/contract";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import fc from "fast-check";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Caller } from "../../caller.ts";
import type { Database } from "../../db/index.ts";
import { describeUsernameFault } from "../users/names.ts";
import { SigningKeys } from "./signing-keys.ts";
import { Tokens } from "./tokens.ts";

let database: TestDatabase;
let db: Database;
let keys: SigningKeys;
let now = Date.UTC(2026, 0, 1);
const clock = () => now;

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  keys = new SigningKeys(db, clock);
  await keys.open();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const callerNamed = (username: string): Caller => ({
  subscriptionId: 3,
  isOperator: false,
  account: { kind: "user", id: 4 },
  username,
  role: "Reader",
  permissions: new Set(["ETM API Access", "VMDR OT.API.ACCESS"]),
  scope: { kind: "all" },
});
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] as string, "base64url").toString("utf8"));

test("the claims are those that clients of the documented service read", async () => {
  const token = await new Tokens(keys, clock).mint(callerNamed("john_doe"), { withPermissions: true });
  const seconds = now / 1000;
  expect(claimsOf(token)).toMatchObject({
    sub: "john_doe",
    iss: "qas",
    aud: "qas",
    iat: seconds,
    exp: seconds + 14_400,
    loginResponse: "SUCCESSFUL",
    credentialType: "UsernamePasswordCredential",
    usertype: "fo",
    modulesAllowed: ["ETM", "OT"],
    permissions: ["ETM API Access", "VMDR OT.API.ACCESS"],
  });
  expect(token.length).toBeLessThan(4096);
});

test("whatever the user name, the payload decodes with a plain base64 decoder and gives the name back", async () => {
  const tokens = new Tokens(keys, clock);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 }), async (name) => {
      const token = await tokens.mint(callerNamed(name), { withPermissions: false });
      expect(token.split(".")[1]).not.toMatch(/[-_]/);
      expect(claimsOf(token).sub).toBe(name);
    }),
    { numRuns: 200 },
  );
});

test("with any user name that there may be, the token of every shipped role stays below 4 KB", async () => {
  const tokens = new Tokens(keys, clock);
  const characters = fc.oneof(
    fc.constantFrom(">", "?", "~", '"', "\\", "\u00e9", "\u3042", "\u{1f600}"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  );
  // Filled up to the limit: what is shorter says nothing.
  const longNames = fc
    .array(characters, { minLength: 1, maxLength: 10 })
    .map((list) => {
      let name = "";
      for (let index = 0; ; index++) {
        const next = name + (list[index % list.length] as string);
        if (describeUsernameFault(`${next}x`)?.includes("200 bytes")) return `${name}x`;
        name = next;
      }
    })
    .filter((name) => describeUsernameFault(name) === undefined);
  for (const { permissions } of SHIPPED_ROLES) {
    const property = fc.asyncProperty(longNames, async (username) => {
      const caller = { ...callerNamed(username), permissions: new Set(permissions) };
      const big = { ...caller, subscriptionId: 2 ** 31 - 1, account: { kind: "user" as const, id: 2 ** 31 - 1 } };
      expect((await tokens.mint(big, { withPermissions: true })).length).toBeLessThan(4096);
    });
    await fc.assert(property, { numRuns: 50 });
  }
  // The longest of all: every permission, the longer signature, an API client's id.
  const property = fc.asyncProperty(longNames, async (username) => {
    const account = { kind: "client", id: randomUUID() } as const;
    const big = { ...callerNamed(username), account, permissions: new Set(PERMISSIONS), subscriptionId: 2 ** 31 - 1 };
    const token = await tokens.mint(big, { withPermissions: true, algorithm: "RS512" });
    expect(token.length).toBeLessThan(4096);
    expect(token.split(".")[1]).not.toMatch(/[-_]/);
  });
  await fc.assert(property, { numRuns: 30 });
  expect(describeUsernameFault("\u{1f600}".repeat(200))).toContain("200 bytes");
});

test("a minted token verifies on another node with the same database", async () => {
  const token = await new Tokens(keys, clock).mint(callerNamed("u"), { withPermissions: false });
  const otherKeys = new SigningKeys(db, clock);
  await otherKeys.open();
  expect(await new Tokens(otherKeys, clock).verify(token)).toMatchObject({
    subscriptionId: 3,
    account: { kind: "user", id: 4 },
  });
});

test("a token expires after four hours, also when it was verified and remembered before", async () => {
  const tokens = new Tokens(keys, clock);
  const token = await tokens.mint(callerNamed("u"), { withPermissions: false });
  await tokens.verify(token);
  now += 4 * 3_600_000 - 1000;
  await tokens.verify(token);
  now += 1000;
  await expect(tokens.verify(token)).rejects.toMatchObject({ code: "token-expired", message: "JWT expired" });
});

test("alg none, a foreign key, confused algorithms, wrong issuer, audience or times are all refused alike", async () => {
  const tokens = new Tokens(keys, clock);
  const { id, signs: secret } = await keys.current("HS512");
  const seconds = Math.floor(now / 1000);
  const own = { breakwater: { subscription: 3, user: 4 } };
  const build = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    new SignJWT({
      ...own,
      sub: "u",
      iss: "qas",
      aud: "qas",
      iat: seconds,
      exp: seconds + 100,
      ...claims,
    }).setProtectedHeader({
      alg: "HS512",
      kid: id,
      ...header,
    });
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = createSecretKey(Buffer.from(publicKey.export({ type: "spki", format: "pem" })));
  const forged = [
    new UnsecuredJWT({ ...own, sub: "u", iss: "qas", aud: "qas", iat: seconds, exp: seconds + 100 }).encode(),
    await build({}).sign(createSecretKey(randomBytes(64))),
    await build({}).sign(pem),
    await build({}, { alg: "HS256" }).sign(secret),
    await build({}, { kid: "unknown" }).sign(secret),
    await build({ iss: "x" }).sign(secret),
    await build({ aud: "x" }).sign(secret),
    await build({ iat: seconds + 61 }).sign(secret),
    await build({ breakwater: undefined }).sign(secret),
    "x.y.z",
    "a".repeat(9000),
  ];
  for (const token of forged) {
    await expect(tokens.verify(token)).rejects.toMatchObject({
      code: "not-authenticated",
      message: "Not authenticated",
    });
  }
  await expect(tokens.verify(await build({ iat: seconds + 59 }).sign(secret))).resolves.toMatchObject({
    account: { kind: "user", id: 4 },
  });
});
