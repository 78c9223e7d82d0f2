import { AppError, type adminUserCreate, type BodyOf } from "@breakwater/contract";
import type { Caller } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { recordAudit } from "../audit/index.ts";
import { hashPassword } from "../auth/index.ts";
import { assertMayGrantRole, assertMayGrantScope } from "./grants.ts";
import { assertUsername, assertVisibleName } from "./names.ts";
import { findRole, findTagIds, insertUser, listUsers, type UserRow } from "./store.ts";

type NewUserBody = BodyOf<typeof adminUserCreate>;
export type Actor = { caller: Caller; address: string };

/**
 * Who may create whom: docs/decisions/0009-who-may-grant-what.md.
 *
 * @throws AppError `invalid-parameter` (role, tag, name), `permission-required`, `conflict` (name taken)
 */
export async function createUser(db: ScopedDb, audit: Database, actor: Actor, body: NewUserBody): Promise<UserRow> {
  assertUsername(body.username);
  if (body.fullName) assertVisibleName(body.fullName, "fullName");
  const role = await findRole(db, body.role);
  if (!role) throw new AppError("invalid-parameter", `role: there is no role ${JSON.stringify(body.role)}`);
  const names = body.scopeTags ?? [];
  assertMayGrantRole(actor.caller, role, { withScopeTags: names.length > 0 });
  const hasFullScope = body.scopeTags === undefined && role.name === "Manager";
  const scopeTagIds = await toTagIds(db, names);
  assertMayGrantScope(actor.caller, hasFullScope ? { kind: "all" } : { kind: "tags", tagIds: scopeTagIds });
  const id = await insertUser(db, {
    username: body.username,
    email: body.email ?? null,
    fullName: body.fullName ?? "",
    passwordHash: await hashPassword(body.password),
    roleId: role.id,
    hasFullScope,
    scopeTagIds,
  });
  if (id === undefined) throw new AppError("conflict", `username ${JSON.stringify(body.username)} is taken`);
  await recordAudit(audit, {
    subscriptionId: actor.caller.subscriptionId,
    actor: actor.caller.username,
    action: "admin.user.create",
    target: body.username,
    address: actor.address,
    result: "success",
    detail: { role: role.name },
  });
  const [user] = await listUsers(db, id);
  if (!user) throw new AppError("conflict", "the user was deleted at the same moment");
  return user;
}

async function toTagIds(db: ScopedDb, names: readonly string[]): Promise<number[]> {
  const known = await findTagIds(db, names);
  return names.map((name) => {
    const id = known.get(name.toLowerCase());
    if (id === undefined) throw new AppError("invalid-parameter", `scopeTags: there is no tag ${JSON.stringify(name)}`);
    return id;
  });
}
