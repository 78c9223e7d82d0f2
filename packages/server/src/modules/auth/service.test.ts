import { availableParallelism } from "node:os";
import { createTestDatabase, type TestDatabase } from "@breakwater/testkit/database";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../db/index.ts";
import { prepareInstallation } from "../users/index.ts";
import { Login } from "./login.ts";
import { PrincipalDirectory } from "./principal-directory.ts";
import { createAuthService } from "./service.ts";
import { SigningKeys } from "./signing-keys.ts";
import { Tokens } from "./tokens.ts";

const MANAGER = { username: "boss", password: "a-long-password-1" };
let database: TestDatabase;
let db: Database;
let keys: SigningKeys;
const clock = () => Date.UTC(2026, 0, 1);

beforeAll(async () => {
  database = await createTestDatabase();
  db = database.open();
  await prepareInstallation(db, MANAGER);
  await sql`
    INSERT INTO app_user (subscription_id, username, password_hash, role_id)
    SELECT subscription_id, 'other', password_hash, role_id FROM app_user`.execute(db.write);
  keys = new SigningKeys(db, clock);
  await keys.open();
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

function createService() {
  const principals = new PrincipalDirectory(db, clock);
  const parts = { login: new Login(db, clock), tokens: new Tokens(keys, clock), principals };
  return { principals, service: createAuthService(parts) };
}

/** How each log-in ended: its kind, or the status of its error with Retry-After. */
const outcomes = (logins: Promise<{ kind: string }>[]) =>
  Promise.all(
    logins.map((login) =>
      login.then(
        ({ kind }) => kind,
        (error) => `${error.status} after ${error.headers["Retry-After"]}`,
      ),
    ),
  );
const count = (list: string[]) =>
  Object.fromEntries([...new Set(list)].map((key) => [key, list.filter((x) => x === key).length]));

test("of 300 wrong log-ins at once five are looked at, and the person elsewhere is let in", async () => {
  const { service } = createService();
  const wrong = { username: "boss", password: "wrong" };
  const ended = await outcomes(Array.from({ length: 300 }, () => service.login(wrong, "10.0.0.1")));
  expect(count(ended)).toEqual({ refused: 5, "429 after 1": 295 });
  expect(await service.login(MANAGER, "10.0.0.2")).toMatchObject({ kind: "token" });
  await expect(service.login(MANAGER, "10.0.0.1")).rejects.toMatchObject({ status: 429 });
});

test("of right log-ins all are let in, however many come at once from one address", async () => {
  const { service } = createService();
  const ended = await outcomes(Array.from({ length: 12 }, () => service.login(MANAGER, "10.0.0.5")));
  expect(count(ended)).toEqual({ token: 12 });
});

test("of log-ins from everywhere at once 64 wait besides those looked at, and those sent away do not count as failures", async () => {
  const { service } = createService();
  const login = (index: number) => service.login({ username: `u${index}`, password: "wrong" }, `10.1.0.${index}`);
  const lookedAt = Math.min(2, Math.max(1, availableParallelism() - 1));
  const ended = await outcomes(Array.from({ length: 100 }, (_, index) => login(index)));
  expect(count(ended)).toEqual({ refused: 64 + lookedAt, "429 after 1": 36 - lookedAt });
  for (let round = 0; round < 5; round++) expect(await login(99)).toEqual({ kind: "refused" });
  await expect(login(99)).rejects.toMatchObject({ status: 429 });
});

test("a log-in leaves other users' principals remembered", async () => {
  const { principals, service } = createService();
  const { rows } = await sql<{ id: number }>`SELECT id FROM app_user WHERE username = 'other'`.execute(db.write);
  const otherId = rows[0]?.id as number;
  await principals.find(1, { kind: "user", id: otherId });
  await service.login(MANAGER, "10.0.0.3");
  expect(principals.peek(1, { kind: "user", id: otherId })?.caller.username).toBe("other");
});

test("a user name of 60,000 characters is refused like any unknown one", async () => {
  const { service } = createService();
  expect(await service.login({ username: "u".repeat(60_000), password: "x" }, "10.0.0.4")).toEqual({ kind: "refused" });
});
