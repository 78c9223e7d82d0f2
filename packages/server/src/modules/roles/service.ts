import {
  AppError,
  type adminRoleCreate,
  type adminRoleUpdate,
  type BodyOf,
  PERMISSIONS,
  SHIPPED_ROLES,
} from "@breakwater/contract";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import {
  administer,
  assertHoldsAll,
  assertMayGrant,
  assertReachesAll,
  assertRoomFor,
  assertVisibleName,
  listMembers,
  readReach,
} from "../users/index.ts";
import { insertRole, isNameTaken, listRoles, type RoleContent, type RoleRow, removeRole, writeRole } from "./store.ts";

export type Parts = { clock: Clock };
type NewRoleBody = BodyOf<typeof adminRoleCreate>;
type RoleChange = BodyOf<typeof adminRoleUpdate>;

/** @throws AppError `not-found` */
export async function getRole(db: ScopedDb, id: number): Promise<RoleRow> {
  const [role] = await listRoles(db, id);
  if (!role) throw new AppError("not-found", `there is no role ${id}`);
  return role;
}

/** @throws AppError `invalid-parameter` (name), `permission-required`, `conflict` (name taken, too many) */
export async function createRole(db: ScopedDb, actor: Actor, body: NewRoleBody): Promise<RoleRow> {
  const blank = { name: body.name, description: "", has_ui_access: false, has_api_access: false, permissions: [] };
  const content = toContent(blank, body);
  assertRoleName(content.name);
  assertHoldsAll(actor.caller, content.permissions);
  return administer(db, async (tx) => {
    assertReachesAll(await readReach(tx, actor.caller));
    await assertNameIsFree(tx, content.name, undefined);
    await assertRoomFor(tx, "roles");
    const role = await getRole(tx, await insertRole(tx, content));
    const detail = { permissions: role.permissions.join(", ") };
    await recordChange(tx.write, actor, { action: "admin.role.create", target: role.name, detail });
    return role;
  });
}

/**
 * Changes the role and with it everybody who has it: the caller must be able to make that change for each of them.
 *
 * @throws AppError `not-found`, `invalid-parameter` (name), `permission-required`, `conflict` (shipped, name taken)
 */
export async function updateRole(
  db: ScopedDb,
  parts: Parts,
  actor: Actor,
  { id, change }: { id: number; change: RoleChange },
): Promise<RoleRow> {
  const { caller } = actor;
  return administer(db, async (tx) => {
    assertReachesAll(await readReach(tx, caller));
    const before = await findCustomRole(tx, id);
    const after = toContent(before, change);
    if (after.name !== before.name) assertRoleName(after.name);
    assertHoldsAll(caller, [...before.permissions, ...after.permissions]);
    for (const member of await listMembers(tx, { kind: "subscription" }, new Date(parts.clock()), { roleId: id })) {
      assertMayGrant(caller, member);
      assertMayGrant(caller, { role: after, scope: member.scope });
    }
    await assertNameIsFree(tx, after.name, id);
    await writeRole(tx, id, after);
    const role = await getRole(tx, id);
    const detail = {
      changed: Object.keys(change).sort().join(", "),
      permissions: role.permissions.join(", "),
      hasApiAccess: role.has_api_access,
      hasUiAccess: role.has_ui_access,
    };
    await recordChange(tx.write, actor, { action: "admin.role.update", target: role.name, detail });
    return role;
  });
}

/** @throws AppError `not-found`, `permission-required`, `conflict` (shipped, in use) */
export async function deleteRole(db: ScopedDb, actor: Actor, id: number): Promise<void> {
  await administer(db, async (tx) => {
    assertReachesAll(await readReach(tx, actor.caller));
    const role = await findCustomRole(tx, id);
    assertHoldsAll(actor.caller, role.permissions);
    if (role.user_count > 0)
      throw new AppError("conflict", `${role.user_count} users have the role; give them another one first`);
    await removeRole(tx, id);
    await recordChange(tx.write, actor, { action: "admin.role.delete", target: role.name });
  });
}

async function findCustomRole(tx: ScopedDb, id: number): Promise<RoleRow> {
  const role = await getRole(tx, id);
  if (role.is_shipped) throw new AppError("conflict", `${role.name} is a shipped role, which cannot be changed`);
  return role;
}

function toContent(before: RoleContent, change: RoleChange): RoleContent {
  const { permissions } = change;
  return {
    name: change.name ?? before.name,
    description: change.description ?? before.description,
    has_ui_access: change.hasUiAccess ?? before.has_ui_access,
    has_api_access: change.hasApiAccess ?? before.has_api_access,
    // In the order of the contract, as the shipped roles have them.
    permissions: permissions ? PERMISSIONS.filter((name) => permissions.includes(name)) : before.permissions,
  };
}

/** Who decides by the names of shipped roles must not be fooled, nor who reads them. */
function assertRoleName(name: string): void {
  assertVisibleName(name, "name");
  if (RESERVED.has(toPlainName(name))) throw new AppError("conflict", `name: ${name} is a shipped role`);
}

const RESERVED: ReadonlySet<string> = new Set(SHIPPED_ROLES.map(({ name }) => toPlainName(name)));

function toPlainName(name: string): string {
  return name.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim();
}

async function assertNameIsFree(tx: ScopedDb, name: string, id: number | undefined): Promise<void> {
  if (await isNameTaken(tx, name, id))
    throw new AppError("conflict", `there is a role ${JSON.stringify(name)} already`);
}
