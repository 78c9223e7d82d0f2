import { afterAll, beforeAll, expect, test } from "vitest";
import { type People, startPeople } from "../users/people.fixture.ts";
import { createUser, deleteUser, getUser, listManagedUsers, updateUser } from "../users/service.ts";
import { createUnit, deleteUnit, getUnit, listManagedUnits, updateUnit } from "./service.ts";

let people: People;
let tags: { plant: number; line: number; cell: number; office: number };
let east: number;
let west: number;

beforeAll(async () => {
  people = await startPeople();
  const plant = await people.addTag("Plant");
  const line = await people.addTag("Line", plant);
  tags = { plant, line, cell: await people.addTag("Cell", line), office: await people.addTag("Office") };
  east = (await create("boss", { name: "East", scopeTags: ["Plant"] })).id;
  west = (await create("boss", { name: "West", scopeTags: ["Office"] })).id;
  await people.add("east_boss", "Unit Manager", { scope: { kind: "tags", tagIds: [plant] }, unitId: east });
  await people.add("west_reader", "Reader", { scope: { kind: "tags", tagIds: [tags.office] }, unitId: west });
  await people.add("loose_boss", "Unit Manager", { scope: { kind: "tags", tagIds: [plant] } });
});
afterAll(() => people.close());

const parts = () => ({ clock: Date.now });
const password = "a-long-password-2";
const create = async (by: string, body: Parameters<typeof createUnit>[2]) =>
  createUnit(people.all(1), await people.actorOf(by), body);
const update = async (by: string, id: number, change: Parameters<typeof updateUnit>[3]["change"]) =>
  updateUnit(people.all(1), parts(), await people.actorOf(by), { id, change });
const addUser = async (by: string, username: string, body: Partial<Parameters<typeof createUser>[3]> = {}) =>
  createUser(people.all(1), parts(), await people.actorOf(by), { username, password, role: "Reader", ...body });
const change = async (by: string, username: string, wanted: Parameters<typeof updateUser>[3]["change"]) => {
  const id = (await people.look(username))?.id as number;
  return updateUser(people.all(1), parts(), await people.actorOf(by), { id, change: wanted });
};
const seenBy = async (by: string) =>
  (await listManagedUsers(people.all(1), parts(), await people.actorOf(by))).map(({ username }) => username);
const required = { code: "permission-required" };
const invalid = { code: "invalid-parameter" };
const missing = { code: "not-found" };
const conflict = { code: "conflict" };

test("a Unit Manager makes users of the own unit only, within the own scope", async () => {
  const made = await addUser("east_boss", "e1", { scopeTags: ["Line"] });
  expect(made).toMatchObject({ business_unit: "East", scope_tags: ["Line"], has_full_scope: false });
  expect(await addUser("east_boss", "e2", { role: "Scanner", businessUnit: "EAST" })).toMatchObject({
    business_unit: "East",
    scope_tags: [],
  });
  expect(await addUser("east_boss", "e3", { role: "Unit Manager" })).toMatchObject({ scope_tags: ["Plant"] });
  for (const body of [
    { businessUnit: "West" },
    { businessUnit: "No such unit" },
    { role: "Manager" },
    { role: "Auditor" },
    { role: "User Administrator", hasFullScope: true },
  ]) {
    await expect(addUser("east_boss", "e4", body)).rejects.toMatchObject("hasFullScope" in body ? invalid : required);
  }
  await expect(addUser("east_boss", "e4", { scopeTags: ["Office"] })).rejects.toMatchObject(invalid);
});

test("a Unit Manager sees and changes users of the own unit only, and keeps them there", async () => {
  expect((await seenBy("east_boss")).filter((name) => /^(boss|west|loose)/.test(name))).toEqual([]);
  expect(await seenBy("east_boss")).toContain("e1");
  for (const username of ["boss", "west_reader", "loose_boss"]) {
    const actor = await people.actorOf("east_boss");
    const id = (await people.look(username))?.id as number;
    await expect(getUser(people.all(1), parts(), actor, id)).rejects.toMatchObject(missing);
    await expect(change("east_boss", username, { password })).rejects.toMatchObject(missing);
    await expect(deleteUser(people.all(1), parts(), actor, id)).rejects.toMatchObject(missing);
  }
  expect(await change("east_boss", "e1", { password, scopeTags: ["Cell"] })).toMatchObject({ scope_tags: ["Cell"] });
  for (const username of ["e1", "east_boss"]) {
    for (const businessUnit of [null, "West"]) {
      await expect(change("east_boss", username, { businessUnit })).rejects.toMatchObject(required);
    }
  }
  await people.add("e_auditor", "Auditor", { scope: { kind: "tags", tagIds: [] }, unitId: east });
  await expect(change("east_boss", "e_auditor", { password })).rejects.toMatchObject(required);
});

test("a Unit Manager without a unit manages nobody", async () => {
  expect(await seenBy("loose_boss")).toEqual([]);
  expect(await listManagedUnits(people.all(1), (await people.actorOf("loose_boss")).caller)).toEqual([]);
  await expect(addUser("loose_boss", "x1")).rejects.toMatchObject(required);
  await expect(change("loose_boss", "loose_boss", { password })).rejects.toMatchObject(missing);
});

test("whoever manages users and belongs to a unit is held to it, whatever the role", async () => {
  await people.add("west_officer", "User Administrator", { scope: { kind: "tags", tagIds: [] }, unitId: west });
  expect(await seenBy("west_officer")).toEqual(["west_officer", "west_reader"]);
  expect(await addUser("west_officer", "w1")).toMatchObject({ business_unit: "West" });
  await expect(change("west_officer", "e1", { fullName: "x" })).rejects.toMatchObject(missing);
});

test("a member's scope lies within the unit's, and a Manager is nobody's member", async () => {
  await expect(addUser("boss", "x2", { businessUnit: "East", scopeTags: ["Office"] })).rejects.toMatchObject(invalid);
  await expect(addUser("boss", "x2", { businessUnit: "East", hasFullScope: true })).rejects.toMatchObject(invalid);
  await expect(addUser("boss", "x2", { businessUnit: "East", role: "Manager" })).rejects.toMatchObject(invalid);
  await expect(addUser("boss", "x2", { businessUnit: "Nowhere" })).rejects.toMatchObject(invalid);
  await people.add("mover", "Reader");
  await expect(change("boss", "mover", { businessUnit: "East" })).rejects.toMatchObject(invalid);
  expect(await change("boss", "mover", { businessUnit: "East", scopeTags: ["Line"] })).toMatchObject({
    business_unit: "East",
  });
  await expect(change("boss", "mover", { role: "Manager" })).rejects.toMatchObject(invalid);
  expect(await change("boss", "mover", { role: "Unit Manager" })).toMatchObject({ scope_tags: ["Plant"] });
  expect(await change("boss", "mover", { businessUnit: null, hasFullScope: true, role: "Manager" })).toMatchObject({
    business_unit: null,
    has_full_scope: true,
  });
});

test("when the unit's scope changes its Unit Managers have it, and the others lose what lies outside", async () => {
  const unit = await create("boss", { name: "Shrinking", scopeTags: ["Plant", "Office"] });
  const scope = (...tagIds: number[]) => ({ scope: { kind: "tags" as const, tagIds }, unitId: unit.id });
  await people.add("s_boss", "Unit Manager", scope(tags.plant, tags.office));
  await people.add("s_wide", "Reader", scope(tags.plant, tags.office));
  await people.add("s_cell", "Reader", scope(tags.cell, tags.office));
  const tagsOf = async (username: string) => (await people.look(username))?.scope_tag_ids;
  expect(await update("boss", unit.id, { scopeTags: ["Line"] })).toMatchObject({ scope_tags: ["Line"], user_count: 3 });
  expect(await tagsOf("s_boss")).toEqual([tags.line]);
  expect(await tagsOf("s_wide")).toEqual([]);
  expect(await tagsOf("s_cell")).toEqual([tags.cell]);
  await update("boss", unit.id, { scopeTags: ["Plant"], name: "Growing" });
  expect(await tagsOf("s_boss")).toEqual([tags.plant]);
  expect(await tagsOf("s_wide")).toEqual([]);
  await update("boss", unit.id, { description: "nothing moves" });
  expect(await tagsOf("s_boss")).toEqual([tags.plant]);
});

test("units are changed by who holds what their users hold, and not from within a unit", async () => {
  await people.add("office_manager", "Manager", { scope: { kind: "tags", tagIds: [tags.office] } });
  await expect(update("office_manager", east, { scopeTags: [] })).rejects.toMatchObject(required);
  await expect(update("office_manager", west, { scopeTags: ["Office", "Plant"] })).rejects.toMatchObject(required);
  await expect(create("office_manager", { name: "Mine", scopeTags: ["Plant"] })).rejects.toMatchObject(required);
  expect(await update("office_manager", west, { description: "ok" })).toMatchObject({ description: "ok" });
  await expect(create("east_boss", { name: "Mine" })).rejects.toMatchObject(required);
  await expect(update("east_boss", east, { scopeTags: ["Plant"] })).rejects.toMatchObject(required);
  const { caller } = await people.actorOf("east_boss");
  expect((await listManagedUnits(people.all(1), caller)).map(({ name }) => name)).toEqual(["East"]);
  await expect(getUnit(people.all(1), caller, west)).rejects.toMatchObject(missing);
});

test("a unit has a name of its own and goes only when it is empty", async () => {
  await expect(create("boss", { name: "EAST" })).rejects.toMatchObject(conflict);
  await expect(update("boss", west, { name: "east" })).rejects.toMatchObject(conflict);
  await expect(create("boss", { name: "a\nb" })).rejects.toMatchObject(invalid);
  await expect(create("boss", { name: "South", scopeTags: ["No such tag"] })).rejects.toMatchObject(invalid);
  const actor = await people.actorOf("boss");
  await expect(deleteUnit(people.all(1), actor, east)).rejects.toMatchObject(conflict);
  const { id } = await create("boss", { name: "South" });
  await deleteUnit(people.all(1), actor, id);
  await expect(getUnit(people.all(1), actor.caller, id)).rejects.toMatchObject(missing);
});
