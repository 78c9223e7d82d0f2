import { SHIPPED_ROLES } from "@breakwater/contract";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prepareInstallation } from "../users/index.ts";
import { type People, startPeople } from "../users/people.fixture.ts";
import { createRole, deleteRole, updateRole } from "./service.ts";
import { listRoles } from "./store.ts";

let people: People;
beforeAll(async () => {
  people = await startPeople();
});
afterAll(() => people.close());

const parts = () => ({ clock: Date.now });
const create = async (by: string, body: Parameters<typeof createRole>[2]) =>
  createRole(people.all(1), await people.actorOf(by), body);
const update = async (by: string, id: number, change: Parameters<typeof updateRole>[3]["change"]) =>
  updateRole(people.all(1), parts(), await people.actorOf(by), { id, change });
const remove = async (by: string, id: number) => deleteRole(people.all(1), await people.actorOf(by), id);
const required = { code: "permission-required" };
const conflict = { code: "conflict" };

test("a role is made, changed in the members given, and deleted when nobody has it", async () => {
  const made = await create("boss", {
    name: "Night shift",
    hasApiAccess: true,
    permissions: ["VMDR OT.API.ACCESS", "ETM API Access"],
  });
  expect(made).toMatchObject({
    name: "Night shift",
    description: "",
    is_shipped: false,
    has_ui_access: false,
    has_api_access: true,
    permissions: ["ETM API Access", "VMDR OT.API.ACCESS"],
    user_count: 0,
  });
  expect(await update("boss", made.id, { description: "At night" })).toEqual({ ...made, description: "At night" });
  await people.add("nora", "Night shift");
  await expect(remove("boss", made.id)).rejects.toMatchObject(conflict);
  await sql`DELETE FROM app_user WHERE username = 'nora'`.execute(people.db.write);
  await remove("boss", made.id);
  expect(await listRoles(people.all(1), made.id)).toEqual([]);
  await expect(remove("boss", made.id)).rejects.toMatchObject({ code: "not-found" });
});

test.each(["Manager", "mANAGER", "user  administrator", "\uff2danager", "Unit\u00a0Manager"])(
  "no role is called %s, nor becomes it",
  async (name) => {
    await expect(create("boss", { name, permissions: [] })).rejects.toMatchObject(conflict);
    const { id } = await create("boss", {
      name: `No ${[...name].map((letter) => letter.codePointAt(0)).join()}`,
      permissions: [],
    });
    await expect(update("boss", id, { name })).rejects.toMatchObject(conflict);
  },
);

test("shipped roles stay as they are", async () => {
  for (const { id, is_shipped } of await listRoles(people.all(1))) {
    if (!is_shipped) continue;
    await expect(update("boss", id, { permissions: [] })).rejects.toMatchObject(conflict);
    await expect(remove("boss", id)).rejects.toMatchObject(conflict);
  }
  const shipped = (await listRoles(people.all(1))).filter((role) => role.is_shipped);
  expect(shipped.map(({ name }) => name).sort()).toEqual(SHIPPED_ROLES.map(({ name }) => name).sort());
});

test("nobody makes, extends or touches a role beyond their own permissions", async () => {
  await people.add("officer", "User Administrator");
  await expect(create("officer", { name: "Reach", permissions: ["ETM API Access"] })).rejects.toMatchObject(required);
  const own = await create("officer", { name: "Helper", permissions: ["User Management Access"] });
  await expect(update("officer", own.id, { permissions: ["Audit Log Access"] })).rejects.toMatchObject(required);
  const strong = await create("boss", { name: "Strong", permissions: ["Audit Log Access"] });
  await expect(update("officer", strong.id, { permissions: [] })).rejects.toMatchObject(required);
  await expect(update("officer", strong.id, { name: "Weak" })).rejects.toMatchObject(required);
  await expect(remove("officer", strong.id)).rejects.toMatchObject(required);
});

test("a role is not changed by whom one of its users sees more than", async () => {
  const plant = await people.addTag("Plant");
  await people.add("plant_manager", "Manager", { scope: { kind: "tags", tagIds: [plant] } });
  const { id } = await create("plant_manager", { name: "Shared", permissions: ["ETM API Access"] });
  await people.add("within", "Shared", { scope: { kind: "tags", tagIds: [plant] } });
  await update("plant_manager", id, { permissions: ["ETM API Access", "Audit Log Access"] });
  await people.add("beyond", "Shared");
  await expect(update("plant_manager", id, { permissions: [] })).rejects.toMatchObject(required);
  expect((await update("boss", id, { permissions: [] })).permissions).toEqual([]);
});

test("who belongs to a business unit changes no roles", async () => {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO business_unit (subscription_id, name) VALUES (1, 'East') RETURNING id`.execute(people.db.write);
  await people.add("unit_manager", "Unit Manager", {
    scope: { kind: "tags", tagIds: [] },
    unitId: (rows[0] as { id: number }).id,
  });
  await expect(create("unit_manager", { name: "Mine", permissions: [] })).rejects.toMatchObject(required);
  const { id } = await create("boss", { name: "Theirs", permissions: [] });
  await expect(update("unit_manager", id, { description: "x" })).rejects.toMatchObject(required);
  await expect(remove("unit_manager", id)).rejects.toMatchObject(required);
});

test("a custom role that a release ships under the same name makes way, and its users keep what they had", async () => {
  await sql`DELETE FROM role WHERE name = 'Contact'`.execute(people.db.write);
  await sql`
    INSERT INTO role (subscription_id, name, has_api_access, has_ui_access, permissions)
    VALUES (1, 'contact', true, true, '{"ETM API Access"}')`.execute(people.db.write);
  await people.add("kim", "contact");
  await prepareInstallation(people.db, {});
  expect(await people.actorOf("kim")).toMatchObject({
    caller: { role: expect.stringMatching(/^contact \(custom \d+\)$/), permissions: new Set(["ETM API Access"]) },
  });
  expect(await listRoles(people.all(1))).toContainEqual(
    expect.objectContaining({ name: "Contact", is_shipped: true, permissions: [] }),
  );
});
