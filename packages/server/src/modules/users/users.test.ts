import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type People, startPeople } from "./people.fixture.ts";
import { createUser, deleteUser, getUser, listManagedUsers, updateUser } from "./service.ts";

const NOW = Date.parse("2026-03-01T00:00:00Z");
let people: People;
let tags: { plant: number; line: number; office: number };

beforeAll(async () => {
  people = await startPeople();
  const plant = await people.addTag("Plant");
  tags = { plant, line: await people.addTag("Line", plant), office: await people.addTag("Office") };
  await people.add("officer", "User Administrator", { scope: { kind: "tags", tagIds: [] } });
});
afterAll(() => people.close());

const parts = () => ({ clock: () => NOW });
const password = "a-long-password-2";
const create = async (by: string, body: Omit<Parameters<typeof createUser>[3], "role"> & { role?: string }) =>
  createUser(people.all(1), parts(), await people.actorOf(by), { role: "Reader", ...body });
const update = async (by: string, id: number, change: Parameters<typeof updateUser>[3]["change"]) =>
  updateUser(people.all(1), parts(), await people.actorOf(by), { id, change });
const remove = async (by: string, id: number) => deleteUser(people.all(1), parts(), await people.actorOf(by), id);
const scopeOf = (...tagIds: number[]) => ({ scope: { kind: "tags" as const, tagIds } });

test("a change touches only the members given", async () => {
  const made = await create("boss", { username: "ann", password, email: "ann@x.example", scopeTags: ["Line"] });
  expect(made).toMatchObject({ status: "ACTIVE", scope_tags: ["Line"], business_unit: null, is_sso_only: false });
  const before = await people.look("ann");
  const renamed = await update("boss", made.id, { fullName: "Ann" });
  expect(renamed).toEqual({ ...made, full_name: "Ann" });
  expect(await people.look("ann")).toEqual({ ...before, full_name: "Ann" });
  expect(await update("boss", made.id, { email: null, role: "Scanner" })).toEqual({
    ...renamed,
    email: null,
    role: "Scanner",
  });
  expect(await update("boss", made.id, { hasFullScope: true })).toMatchObject({ has_full_scope: true, scope_tags: [] });
  expect(await update("boss", made.id, { hasFullScope: false })).toMatchObject({
    has_full_scope: false,
    scope_tags: [],
  });
});

test("a new password and a deactivation end the user's tokens, and nothing else does", async () => {
  const id = await people.add("bob", "Reader", scopeOf());
  const generation = async () => (await people.look("bob"))?.token_generation;
  await update("boss", id, { fullName: "Bob", status: "ACTIVE", scopeTags: ["Line"] });
  expect(await generation()).toBe(0);
  await update("boss", id, { password });
  expect(await generation()).toBe(1);
  expect(await people.look("bob")).toMatchObject({ password_changed_at: new Date(NOW) });
  expect((await people.look("bob"))?.password_hash).toMatch(/^\$argon2id\$/);
  await update("boss", id, { status: "INACTIVE" });
  expect(await generation()).toBe(2);
});

test("ACTIVE unlocks; a lock that has run out is shown as none", async () => {
  const id = await people.add("carl", "Reader", scopeOf());
  const lock = (until: Date | null) =>
    sql`UPDATE app_user SET status = 'LOCKED', failed_logins = 5, locked_until = ${until} WHERE id = ${id}`.execute(
      people.db.write,
    );
  const seen = async () => getUser(people.all(1), parts(), await people.actorOf("boss"), id);
  await lock(new Date(NOW));
  expect(await seen()).toMatchObject({ status: "ACTIVE" });
  await lock(new Date(NOW + 1));
  expect(await seen()).toMatchObject({ status: "LOCKED" });
  await update("boss", id, { fullName: "Still locked" });
  expect(await people.look("carl")).toMatchObject({ status: "LOCKED", failed_logins: 5 });
  await update("boss", id, { status: "ACTIVE" });
  expect(await people.look("carl")).toMatchObject({ status: "ACTIVE", failed_logins: 0, locked_until: null });
});

test("who comes through the identity provider only has no password that anybody knows", async () => {
  await expect(create("boss", { username: "dora" })).rejects.toMatchObject({ code: "invalid-parameter" });
  await expect(create("boss", { username: "dora", password, ssoOnly: true })).rejects.toMatchObject({
    code: "invalid-parameter",
  });
  const { id } = await create("boss", { username: "dora", ssoOnly: true });
  const first = (await people.look("dora"))?.password_hash;
  expect(first).toMatch(/^\$argon2id\$/);
  await expect(update("boss", id, { password })).rejects.toMatchObject({ code: "invalid-parameter" });
  await expect(update("boss", id, { ssoOnly: false })).rejects.toMatchObject({ code: "invalid-parameter" });
  expect(await update("boss", id, { ssoOnly: false, password })).toMatchObject({ is_sso_only: false });
  expect((await people.look("dora"))?.token_generation).toBe(1);
  expect(await update("boss", id, { ssoOnly: true })).toMatchObject({ is_sso_only: true });
  expect((await people.look("dora"))?.token_generation).toBe(2);
});

test("an e-mail address is one user's of the subscription, whatever its case, also when two ask at once", async () => {
  const ids = [await people.add("eve", "Reader", scopeOf()), await people.add("eva", "Reader", scopeOf())];
  const asked = await Promise.allSettled(
    ids.map((id, i) => update("boss", id, { email: ["E@x.example", "e@X.example"][i] as string })),
  );
  expect(asked.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  await expect(create("boss", { username: "evi", password, email: "E@X.EXAMPLE" })).rejects.toMatchObject({
    code: "conflict",
  });
});

test.each(["client:x", "Client:x"])("nobody is called %s, as clients are", async (username) => {
  await expect(create("boss", { username, password })).rejects.toMatchObject({ code: "invalid-parameter" });
});

test("a User Administrator leaves alone who holds more, whatever the change", async () => {
  const strong = [
    await people.add("f1", "Reader", scopeOf(tags.line)),
    await people.add("f2", "Reader"),
    await people.add("f3", "Auditor", scopeOf()),
    (await people.look("boss"))?.id as number,
  ];
  for (const id of strong) {
    const changes = [
      { password },
      { fullName: "x" },
      { email: "x@y.example" },
      { status: "INACTIVE" } as const,
      { scopeTags: [] },
    ];
    for (const change of changes) {
      await expect(update("officer", id, change)).rejects.toMatchObject({ code: "permission-required" });
    }
    await expect(remove("officer", id)).rejects.toMatchObject({ code: "permission-required" });
  }
  const weak = await people.add("f4", "Reader", scopeOf());
  expect(await update("officer", weak, { password, status: "ACTIVE", role: "Scanner" })).toMatchObject({
    role: "Scanner",
  });
  for (const change of [{ role: "Manager" }, { role: "Auditor" }, { scopeTags: ["Line"] }, { hasFullScope: true }]) {
    await expect(update("officer", weak, change)).rejects.toMatchObject({ code: "permission-required" });
  }
  await remove("officer", weak);
  expect(await people.look("f4")).toBeUndefined();
});

test("a scope tag covers those below it, also when somebody gives them", async () => {
  await people.add("plant_manager", "Manager", scopeOf(tags.plant));
  const made = await create("plant_manager", { username: "gina", password, scopeTags: ["Line", "line", "Plant"] });
  expect(made.scope_tags).toEqual(["Line", "Plant"]);
  await expect(update("plant_manager", made.id, { scopeTags: ["Office"] })).rejects.toMatchObject({
    code: "permission-required",
  });
  await update("boss", made.id, { scopeTags: ["Line", "Office"] });
  await expect(update("plant_manager", made.id, { password })).rejects.toMatchObject({ code: "permission-required" });
});

test("users of other subscriptions are not there", async () => {
  const id = await addElsewhere();
  const boss = await people.actorOf("boss");
  await expect(getUser(people.all(1), parts(), boss, id)).rejects.toMatchObject({ code: "not-found" });
  await expect(update("boss", id, { password })).rejects.toMatchObject({ code: "not-found" });
  await expect(remove("boss", id)).rejects.toMatchObject({ code: "not-found" });
  const listed = await listManagedUsers(people.all(1), parts(), boss);
  expect(listed.map(({ username }) => username)).not.toContain("stranger");
  expect(await people.look("stranger")).toBeDefined();
});

async function addElsewhere(): Promise<number> {
  await sql`INSERT INTO subscription (name) VALUES ('Other')`.execute(people.db.write);
  const { rows } = await sql<{ id: number }>`SELECT max(id) AS id FROM subscription`.execute(people.db.write);
  const subscriptionId = (rows[0] as { id: number }).id;
  await sql`
    INSERT INTO role (subscription_id, name, has_api_access, has_ui_access)
    VALUES (${subscriptionId}, 'Reader', true, true)`.execute(people.db.write);
  return people.add("stranger", "Reader", { subscriptionId });
}

test("what is done is in the audit log, without the password", async () => {
  const { id } = await create("boss", { username: "hugo", password });
  await update("boss", id, { password: "another-long-password", role: "Scanner" });
  await remove("boss", id);
  const { rows } = await sql<{ action: string; detail: object }>`
    SELECT action, detail FROM audit_event WHERE target = 'hugo' ORDER BY id`.execute(people.db.write);
  expect(rows).toEqual([
    { action: "admin.user.create", detail: { role: "Reader", businessUnit: null } },
    { action: "admin.user.update", detail: { changed: "password, role", role: "Scanner", status: "ACTIVE" } },
    { action: "admin.user.delete", detail: { role: "Scanner" } },
  ]);
});

test("of any number of Managers who go at once, one is left, however they go", async () => {
  const names = ["m1", "m2", "m3", "m4", "m5", "m6"];
  const ids = await Promise.all(names.map((name) => people.add(name, "Manager")));
  const boss = (await people.look("boss"))?.id as number;
  const actors = new Map(await Promise.all([...names, "boss"].map(async (n) => [n, await people.actorOf(n)] as const)));
  const change = (by: string, id: number, wanted: Parameters<typeof updateUser>[3]["change"]) =>
    updateUser(people.all(1), parts(), actors.get(by) as never, { id, change: wanted });
  const [m1, m2, m3, m4, m5, m6] = ids as [number, number, number, number, number, number];
  const gone = await Promise.allSettled([
    deleteUser(people.all(1), parts(), actors.get("m1") as never, m1),
    deleteUser(people.all(1), parts(), actors.get("m2") as never, m2),
    change("m3", m3, { role: "Reader" }),
    change("m4", m4, { status: "INACTIVE" }),
    change("m5", m5, { scopeTags: ["Plant"] }),
    change("m6", m6, { role: "Manager", hasFullScope: false }),
    deleteUser(people.all(1), parts(), actors.get("boss") as never, boss),
  ]);
  const refused = gone.filter((result) => result.status === "rejected").map(({ reason }) => reason.code);
  expect(refused).toEqual(["conflict"]);
  const { rows } = await sql`
    SELECT FROM app_user u JOIN role r ON r.id = u.role_id
    WHERE u.subscription_id = 1 AND r.name = 'Manager' AND u.has_full_scope AND u.status = 'ACTIVE'`.execute(
    people.db.write,
  );
  expect(rows).toHaveLength(1);
});
