import { AppError, type adminUnitCreate, type adminUnitUpdate, type BodyOf } from "@breakwater/contract";
import type { Caller, Scope } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import {
  administer,
  assertMayGrant,
  assertMayGrantScope,
  assertReachesAll,
  assertRoomFor,
  assertVisibleName,
  listMembers,
  listTagsBelow,
  type Member,
  readReach,
  toTagIds,
  writeScopes,
} from "../users/index.ts";
import { insertUnit, isNameTaken, listUnits, removeUnit, type UnitRow, writeUnit } from "./store.ts";

export type Parts = { clock: Clock };
type NewUnitBody = BodyOf<typeof adminUnitCreate>;
type UnitChange = BodyOf<typeof adminUnitUpdate>;

/** The units whose users the caller manages, by name. */
export async function listManagedUnits(db: ScopedDb, caller: Caller): Promise<UnitRow[]> {
  return listUnits(db, await readReach(db, caller));
}

/** @throws AppError `not-found`, also for units whose users the caller does not manage */
export async function getUnit(db: ScopedDb, caller: Caller, id: number): Promise<UnitRow> {
  const [unit] = await listUnits(db, await readReach(db, caller), id);
  if (!unit) throw new AppError("not-found", `there is no business unit ${id} that you manage users of`);
  return unit;
}

/** @throws AppError `invalid-parameter` (name, tag), `permission-required`, `conflict` (name taken, too many) */
export async function createUnit(db: ScopedDb, actor: Actor, body: NewUnitBody): Promise<UnitRow> {
  assertVisibleName(body.name, "name");
  return administer(db, async (tx) => {
    assertReachesAll(await readReach(tx, actor.caller));
    await assertNameIsFree(tx, body.name, undefined);
    const scope = toScope(await toTagIds(tx, body.scopeTags ?? []));
    assertMayGrantScope(actor.caller, scope);
    await assertRoomFor(tx, "business units");
    const { name, description = "" } = body;
    const id = await insertUnit(tx, { name, description, scope_tag_ids: scope.tagIds });
    await recordChange(tx.write, actor, { action: "admin.unit.create", target: name });
    return getUnit(tx, actor.caller, id);
  });
}

/**
 * Changes the members given, and with other scope tags the scopes of the unit's users: the caller must be able to make
 * that change for each of them.
 *
 * @throws AppError `not-found`, `invalid-parameter` (name, tag), `permission-required`, `conflict` (name taken)
 */
export async function updateUnit(
  db: ScopedDb,
  parts: Parts,
  actor: Actor,
  { id, change }: { id: number; change: UnitChange },
): Promise<UnitRow> {
  if (change.name !== undefined) assertVisibleName(change.name, "name");
  return administer(db, async (tx) => {
    const before = await findManaged(tx, actor, id);
    const { name = before.name, description = before.description } = change;
    await assertNameIsFree(tx, name, id);
    const tagIds = change.scopeTags ? await toTagIds(tx, change.scopeTags) : before.scope_tag_ids;
    assertMayGrantScope(actor.caller, toScope(tagIds));
    await writeUnit(tx, id, { name, description, scope_tag_ids: tagIds });
    if (change.scopeTags) await fitMembers(tx, actor.caller, { unitId: id, tagIds, now: new Date(parts.clock()) });
    const detail = { changed: Object.keys(change).sort().join(", ") };
    await recordChange(tx.write, actor, { action: "admin.unit.update", target: name, detail });
    return getUnit(tx, actor.caller, id);
  });
}

/** @throws AppError `not-found`, `permission-required`, `conflict` (users belong to it) */
export async function deleteUnit(db: ScopedDb, actor: Actor, id: number): Promise<void> {
  await administer(db, async (tx) => {
    const before = await findManaged(tx, actor, id);
    // Without it they would manage the users of the whole subscription.
    if (before.user_count > 0)
      throw new AppError(
        "conflict",
        `${before.user_count} users belong to the business unit; move or delete them first`,
      );
    await removeUnit(tx, id);
    await recordChange(tx.write, actor, { action: "admin.unit.delete", target: before.name });
  });
}

/** The unit, whose scope lies within the caller's. */
async function findManaged(tx: ScopedDb, { caller }: Actor, id: number): Promise<UnitRow> {
  const unit = await getUnit(tx, caller, id);
  assertReachesAll(await readReach(tx, caller));
  assertMayGrantScope(caller, toScope(unit.scope_tag_ids));
  return unit;
}

/** Gives Unit Managers the unit's new scope, and takes from other members what lies outside. */
async function fitMembers(
  tx: ScopedDb,
  caller: Caller,
  { unitId, tagIds, now }: { unitId: number; tagIds: readonly number[]; now: Date },
): Promise<void> {
  const members = await listMembers(tx, { kind: "subscription" }, now, { unitId });
  const covered = new Set(await listTagsBelow(tx, tagIds));
  const changed = members.flatMap((member) => {
    const scope = toFitting(member, tagIds, covered);
    if (isSameScope(scope, member.scope)) return [];
    assertMayGrant(caller, member);
    assertMayGrant(caller, { role: member.role, scope });
    return [{ id: member.id, tagIds: scope.tagIds }];
  });
  if (changed.length > 0) await writeScopes(tx, changed);
}

function toFitting({ role, scope }: Member, tagIds: readonly number[], covered: ReadonlySet<number>): TagScope {
  if (role.name === "Unit Manager" || scope.kind === "all") return toScope(tagIds);
  return toScope(scope.tagIds.filter((id) => covered.has(id)));
}

type TagScope = Extract<Scope, { kind: "tags" }>;

function toScope(tagIds: readonly number[]): TagScope {
  return { kind: "tags", tagIds };
}

function isSameScope(a: TagScope, b: Scope): boolean {
  return b.kind === "tags" && new Set(a.tagIds).symmetricDifference(new Set(b.tagIds)).size === 0;
}

async function assertNameIsFree(tx: ScopedDb, name: string, id: number | undefined): Promise<void> {
  if (await isNameTaken(tx, name, id))
    throw new AppError("conflict", `there is a business unit ${JSON.stringify(name)} already`);
}
