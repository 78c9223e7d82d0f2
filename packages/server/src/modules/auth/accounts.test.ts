import type { KyselyPlugin, RawNode } from "kysely";
import { expect, test } from "vitest";
import { AccountWorld, PASSWORD } from "./accounts.fixture.ts";

const world = new AccountWorld();
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const NEXT_PASSWORD = "another-long-password-2";
let addresses = 0;
/** Far from any other attempt, so that the guard in memory stays out of it. */
const nextAddress = () => `10.${addresses >> 8}.${addresses++ & 255}.1`;

const logIn = async (username: string, password = PASSWORD, address = nextAddress()): Promise<string> =>
  (await (await world.startNode()).login({ username, password }, address)).kind;

test.each<[string, { role?: string; values?: Record<string, unknown> }]>([
  ["INACTIVE", { values: { status: "INACTIVE" } }],
  ["LOCKED", { values: { status: "LOCKED" } }],
  ["no API access", { role: "Contact" }],
  ["SSO only", { values: { is_sso_only: true } }],
])("%s: refused with the right and the wrong password, and only the audit log says why", async (reason, user) => {
  const name = `state ${reason}`;
  await world.addUser(name, user);
  expect([await logIn(name), await logIn(name, "wrong")]).toEqual(["refused", "refused"]);
  expect(await world.readAudit(name)).toEqual(Array(2).fill(`auth.login failure ${reason}`));
});

test("every refusal is the same statements in the same order, whatever its reason", async () => {
  await world.setPolicy({ password_max_age_days: 1 });
  await world.addUser("contact", { role: "Contact" });
  await world.addUser("locked", { values: { status: "LOCKED" } });
  await world.addUser("expired", { values: { password_changed_at: new Date(0) } });
  const statements: string[] = [];
  const watch: KyselyPlugin = {
    transformQuery: ({ node }) => {
      statements.push((node as RawNode).sqlFragments.join("?"));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const { db } = world;
  const node = await world.startNode({ ...db, read: db.read.withPlugin(watch), write: db.write.withPlugin(watch) });
  const readStatements = async (username: string, password: string) => {
    statements.length = 0;
    expect(await node.login({ username, password }, nextAddress())).toEqual({ kind: "refused" });
    return [...statements];
  };
  const wrong = await readStatements("boss", "wrong");
  expect(wrong).toHaveLength(3);
  expect(await readStatements("nobody", PASSWORD)).toEqual(wrong);
  for (const username of ["contact", "locked", "expired"]) {
    expect(await readStatements(username, PASSWORD)).toEqual(wrong);
    expect(await readStatements(username, "wrong")).toEqual(wrong);
  }
  await world.setPolicy({ password_max_age_days: 0 });
});

test("a user without a password hash is refused, not an error", async () => {
  await world.addUser("hashless", { values: { password_hash: "" } });
  expect(await logIn("hashless")).toBe("refused");
});

test("wrong passwords up to the threshold lock, on whatever nodes and from wherever; then the right one is refused too", async () => {
  await world.setPolicy({ lockout_threshold: 4, lockout_minutes: 10 });
  await world.addUser("guessed");
  for (let count = 0; count < 4; count++) expect(await logIn("guessed", "wrong")).toBe("refused");
  expect(await logIn("guessed")).toBe("refused");
  expect(await world.readAudit("guessed")).toEqual([
    ...Array(4).fill("auth.login failure wrong password"),
    "auth.lock success",
    "auth.login failure LOCKED",
  ]);
});

test("attempts on a locked account do not make the lock longer; when it is over the right password unlocks", async () => {
  await world.setPolicy({ lockout_threshold: 2, lockout_minutes: 10 });
  await world.addUser("patient");
  for (let count = 0; count < 2; count++) await logIn("patient", "wrong");
  world.nowMs += 10 * MINUTE_MS - 1;
  expect(await logIn("patient", "wrong")).toBe("refused");
  expect(await logIn("patient")).toBe("refused");
  world.nowMs += 1;
  expect(await logIn("patient")).toBe("token");
  expect((await world.readAudit("patient")).slice(-2)).toEqual(["auth.unlock success time", "auth.login success"]);
});

test("a lock that is over counts wrong passwords from one again", async () => {
  await world.setPolicy({ lockout_threshold: 2, lockout_minutes: 10 });
  await world.addUser("again");
  for (let count = 0; count < 2; count++) await logIn("again", "wrong");
  world.nowMs += 10 * MINUTE_MS;
  await logIn("again", "wrong");
  expect(await logIn("again")).toBe("token");
});

test("a log-in forgets the wrong passwords before it", async () => {
  await world.setPolicy({ lockout_threshold: 2 });
  await world.addUser("clumsy");
  for (let count = 0; count < 3; count++) {
    await logIn("clumsy", "wrong");
    expect(await logIn("clumsy")).toBe("token");
  }
});

test("wrong passwords at once are all counted", async () => {
  await world.setPolicy({ lockout_threshold: 6, lockout_minutes: 0 });
  await world.addUser("stormed");
  await Promise.all(Array.from({ length: 6 }, () => logIn("stormed", "wrong")));
  world.nowMs += 1000 * DAY_MS;
  expect(await logIn("stormed")).toBe("refused");
});

test("with a threshold of 0 nobody is locked", async () => {
  await world.setPolicy({ lockout_threshold: 0 });
  await world.addUser("safe");
  for (let count = 0; count < 12; count++) await logIn("safe", "wrong");
  expect(await logIn("safe")).toBe("token");
});

test("outside the allow-list the right password is refused, and wrong ones lock nobody", async () => {
  await world.setPolicy({ lockout_threshold: 1, allowed_addresses: ["192.0.2.0/24", "2001:db8::/32"] });
  await world.addUser("inside");
  expect(await logIn("inside", "wrong", "198.51.100.1")).toBe("refused");
  expect(await logIn("inside", PASSWORD, "198.51.100.1")).toBe("refused");
  expect(await logIn("inside", PASSWORD, "192.0.2.9")).toBe("token");
  expect(await logIn("inside", PASSWORD, "2001:db8::9")).toBe("token");
  expect(await world.readAudit("inside")).toEqual([
    ...Array(2).fill("auth.login failure address not allowed"),
    ...Array(2).fill("auth.login success"),
  ]);
  await world.setPolicy({ allowed_addresses: [] });
});

test("an expired password is refused from its day on, and can be changed with itself", async () => {
  await world.setPolicy({ lockout_threshold: 10, password_max_age_days: 90 });
  const node = await world.startNode();
  await world.addUser("old");
  world.nowMs += 90 * DAY_MS - 1;
  expect(await logIn("old")).toBe("token");
  world.nowMs += 1;
  expect(await logIn("old")).toBe("refused");
  const change = (password: string) =>
    node.changePassword({ username: "old", password, newPassword: NEXT_PASSWORD }, nextAddress());
  expect(await change("wrong")).toEqual({ kind: "refused" });
  expect(await change(PASSWORD)).toEqual({ kind: "changed" });
  expect([await logIn("old"), await logIn("old", NEXT_PASSWORD)]).toEqual(["refused", "token"]);
  expect(await world.readAudit("old")).toEqual([
    "auth.login success",
    "auth.login failure password expired",
    "auth.password.change failure wrong password",
    "auth.password.change success",
    "auth.login failure wrong password",
    "auth.login success",
  ]);
  await world.setPolicy({ password_max_age_days: 0 });
});

test("a password is not changed into itself, nor by who may not log in with one", async () => {
  const node = await world.startNode();
  await world.addUser("sso", { values: { is_sso_only: true } });
  const fields = { username: "sso", password: PASSWORD };
  expect(await node.changePassword({ ...fields, newPassword: NEXT_PASSWORD }, nextAddress())).toEqual({
    kind: "refused",
  });
  await expect(node.changePassword({ ...fields, newPassword: PASSWORD }, nextAddress())).rejects.toMatchObject({
    code: "invalid-parameter",
  });
});

test("guesses at /auth/password count with those at /auth, in the guard and towards the lock-out", async () => {
  await world.setPolicy({ lockout_threshold: 5, lockout_minutes: 0 });
  await world.addUser("both");
  const node = await world.startNode();
  const guess = () =>
    node.changePassword({ username: "both", password: "wrong", newPassword: NEXT_PASSWORD }, "10.9.9.9");
  for (let count = 0; count < 4; count++) expect(await guess()).toEqual({ kind: "refused" });
  expect(await node.login({ username: "both", password: "wrong" }, "10.9.9.9")).toEqual({ kind: "refused" });
  await expect(guess()).rejects.toMatchObject({ status: 429 });
  expect(await logIn("both")).toBe("refused");
});
