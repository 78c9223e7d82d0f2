import { AppError, type adminUserCreate, type adminUserUpdate, type BodyOf } from "@breakwater/contract";
import type { Caller, Scope } from "../../caller.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { assertMayGrantRole } from "./grants.ts";
import type { Reach } from "./reach.ts";
import { findRole, findTagIds, findUnit, listTagsBelow, type Member, type RoleRow } from "./store.ts";

export type NewUserBody = BodyOf<typeof adminUserCreate>;
export type UserChange = BodyOf<typeof adminUserUpdate>;

type Wanted = Pick<UserChange, "scopeTags" | "hasFullScope" | "businessUnit" | "ssoOnly" | "status"> & {
  role?: string;
};
/** A user before a change; a new one has no role yet. */
export type Before = Omit<Member, "role"> & { role: RoleRow | undefined };
type Asked = { db: ScopedDb; caller: Caller; reach: Reach };

/**
 * What the user is after the change; of a new user, `before` is what it is when nothing is said. Whether the caller may
 * give all of that is for `assertMayGrant` to say.
 *
 * @throws AppError `invalid-parameter` (role, tag, unit), `permission-required` (a scope by a User Administrator, another
 *   unit by who belongs to one)
 */
export async function toChanged(asked: Asked, before: Before, wanted: Wanted): Promise<Member> {
  const { db, caller } = asked;
  const role = wanted.role === undefined ? before.role : await findRole(db, wanted.role);
  if (!role) throw new AppError("invalid-parameter", `role: there is no role ${JSON.stringify(wanted.role)}`);
  // Before their names are looked up, so that the answer does not tell which tags there are.
  assertMayGrantRole(caller, role, { withScope: (wanted.scopeTags ?? []).length > 0 });
  const unit = await toUnit(asked, before.unitId, wanted.businessUnit);
  const given = await toScope(db, before.scope, wanted);
  const scope = unit ? await toScopeWithin(db, unit, role, given ?? before.scope, wanted) : (given ?? before.scope);
  return {
    ...before,
    role,
    scope,
    unitId: unit?.id ?? null,
    isSsoOnly: wanted.ssoOnly ?? before.isSsoOnly,
    status: wanted.status ?? before.status,
  };
}

type Unit = { id: number; name: string; scope_tag_ids: number[] };

async function toUnit(
  { db, reach }: Asked,
  before: number | null,
  name: string | null | undefined,
): Promise<Unit | undefined> {
  const kept = before === null ? undefined : await findUnit(db, { id: before });
  if (name === undefined || name?.toLowerCase() === kept?.name.toLowerCase()) return kept;
  if (reach.kind === "unit")
    throw new AppError("permission-required", "businessUnit: your own is the one you manage users of");
  if (name === null) return undefined;
  const unit = await findUnit(db, { name });
  if (!unit) throw new AppError("invalid-parameter", `businessUnit: there is no unit ${JSON.stringify(name)}`);
  return unit;
}

async function toScope(db: ScopedDb, before: Scope, wanted: Wanted): Promise<Scope | undefined> {
  const { scopeTags, hasFullScope } = wanted;
  if (hasFullScope && scopeTags)
    throw new AppError("invalid-parameter", "hasFullScope and scopeTags exclude each other");
  if (hasFullScope) return { kind: "all" };
  if (scopeTags) return { kind: "tags", tagIds: await toTagIds(db, scopeTags) };
  if (hasFullScope === false && before.kind === "all") return { kind: "tags", tagIds: [] };
  return undefined;
}

/** A member's scope; a Unit Manager's is the unit's, whatever it was before. */
async function toScopeWithin(db: ScopedDb, unit: Unit, role: RoleRow, scope: Scope, wanted: Wanted): Promise<Scope> {
  if (role.name === "Manager")
    throw new AppError(
      "invalid-parameter",
      "businessUnit: a Manager is for the whole subscription and belongs to none",
    );
  if (role.name === "Unit Manager") {
    if (wanted.scopeTags || wanted.hasFullScope)
      throw new AppError("invalid-parameter", "scopeTags: a Unit Manager sees what the business unit has");
    return { kind: "tags", tagIds: unit.scope_tag_ids };
  }
  const covered = new Set(await listTagsBelow(db, unit.scope_tag_ids));
  if (scope.kind === "all" || !scope.tagIds.every((id) => covered.has(id)))
    throw new AppError("invalid-parameter", "scopeTags: a scope within that of the business unit is required");
  return scope;
}

/**
 * The tags that a body's `scopeTags` names, each once.
 *
 * @throws AppError `invalid-parameter`
 */
export async function toTagIds(db: ScopedDb, names: readonly string[]): Promise<number[]> {
  const known = await findTagIds(db, names);
  const ids = names.map((name) => {
    const id = known.get(name.toLowerCase());
    if (id === undefined) throw new AppError("invalid-parameter", `scopeTags: there is no tag ${JSON.stringify(name)}`);
    return id;
  });
  return [...new Set(ids)];
}
