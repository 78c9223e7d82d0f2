import { randomBytes } from "node:crypto";
import { AppError } from "@breakwater/contract";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { hashPassword } from "../auth/index.ts";
import { administer } from "./administer.ts";
import { assertRoomFor } from "./caps.ts";
import { type Before, type NewUserBody, toChanged, type UserChange } from "./changes.ts";
import { assertMayGrant } from "./grants.ts";
import { assertUsername, assertVisibleName } from "./names.ts";
import { type Reach, readReach } from "./reach.ts";
import {
  hasOtherManager,
  insertUser,
  isEmailTaken,
  listMembers,
  listUsers,
  type Member,
  removeUser,
  type UserRow,
  writeUser,
} from "./store.ts";

export type Parts = { clock: Clock };

/** Users whom the caller manages, by name. */
export async function listManagedUsers(db: ScopedDb, parts: Parts, actor: Actor): Promise<UserRow[]> {
  return listUsers(db, await readReach(db, actor.caller), new Date(parts.clock()));
}

/** @throws AppError `not-found`, also for users whom the caller does not manage */
export async function getUser(db: ScopedDb, parts: Parts, actor: Actor, id: number): Promise<UserRow> {
  const [user] = await listUsers(db, await readReach(db, actor.caller), new Date(parts.clock()), id);
  if (!user) throw noUser(id);
  return user;
}

/**
 * Who may create whom: docs/decisions/0009-who-may-grant-what.md and 0012-units-and-subscriptions.md.
 *
 * @throws AppError `invalid-parameter` (role, tag, name), `permission-required`, `conflict` (name or address taken,
 *   too many)
 */
export async function createUser(db: ScopedDb, parts: Parts, actor: Actor, body: NewUserBody): Promise<UserRow> {
  assertUsername(body.username);
  if (body.fullName) assertVisibleName(body.fullName, "fullName");
  const now = new Date(parts.clock());
  const passwordHash = await toPasswordHash(body, { isNeeded: true });
  return administer(db, async (tx) => {
    const reach = await readReach(tx, actor.caller);
    const after = await toChanged({ db: tx, caller: actor.caller, reach }, toBlank(reach, body), body);
    assertMayGrant(actor.caller, after);
    await assertEmailIsFree(tx, body.email, undefined);
    await assertRoomFor(tx, "users");
    const { email = null, fullName = "" } = body;
    const id = await insertUser(tx, { ...after, email, fullName, passwordHash }, now);
    if (id === undefined) throw new AppError("conflict", `username ${JSON.stringify(body.username)} is taken`);
    const user = await readUser(tx, now, id);
    const detail = { role: user.role, businessUnit: user.business_unit };
    await recordChange(tx.write, actor, { action: "admin.user.create", target: user.username, detail });
    return user;
  });
}

/**
 * Changes the members given. Asks of the user as it was and as it becomes what creating it would ask.
 *
 * @throws AppError `not-found`, `invalid-parameter`, `permission-required`, `conflict` (address taken, last Manager)
 */
export async function updateUser(
  db: ScopedDb,
  parts: Parts,
  actor: Actor,
  { id, change }: { id: number; change: UserChange },
): Promise<UserRow> {
  if (change.fullName) assertVisibleName(change.fullName, "fullName");
  const now = new Date(parts.clock());
  const passwordHash = await toPasswordHash(change, { isNeeded: false });
  return administer(db, async (tx) => {
    const reach = await readReach(tx, actor.caller);
    const before = await findManaged(tx, actor, { reach, now, id });
    const after = await toChanged({ db: tx, caller: actor.caller, reach }, before, change);
    assertMayGrant(actor.caller, after);
    assertPasswordFits(before, after, change);
    await assertEmailIsFree(tx, change.email, id);
    if (isManagerOfAll(before) && !isManagerOfAll(after)) await assertManagerRemains(tx, now, id);
    const { email, fullName } = change;
    const details = {
      ...(email === undefined ? {} : { email }),
      ...(fullName === undefined ? {} : { fullName }),
      ...(passwordHash === undefined ? {} : { passwordHash }),
      isUnlocked: change.status === "ACTIVE",
    };
    await writeUser(tx, id, after, details, now);
    const user = await readUser(tx, now, id);
    const detail = { changed: Object.keys(change).sort().join(", "), role: user.role, status: user.status };
    await recordChange(tx.write, actor, { action: "admin.user.update", target: user.username, detail });
    return user;
  });
}

/** @throws AppError `not-found`, `permission-required`, `conflict` (last Manager) */
export async function deleteUser(db: ScopedDb, parts: Parts, actor: Actor, id: number): Promise<void> {
  const now = new Date(parts.clock());
  await administer(db, async (tx) => {
    const reach = await readReach(tx, actor.caller);
    const before = await findManaged(tx, actor, { reach, now, id });
    if (isManagerOfAll(before)) await assertManagerRemains(tx, now, id);
    await removeUser(tx, id);
    const detail = { role: before.role.name };
    await recordChange(tx.write, actor, { action: "admin.user.delete", target: before.username, detail });
  });
}

/** The user, who is in reach and holds nothing that the caller could not give. */
async function findManaged(
  tx: ScopedDb,
  { caller }: Actor,
  { reach, now, id }: { reach: Reach; now: Date; id: number },
): Promise<Member> {
  const [member] = await listMembers(tx, reach, now, { id });
  if (!member) throw noUser(id);
  assertMayGrant(caller, member);
  return member;
}

/** What a new user is when nothing is said: every asset for a Manager, none for others. */
function toBlank(reach: Reach, body: NewUserBody): Before {
  if (reach.kind === "unit" && reach.unitId === null)
    throw new AppError("permission-required", "a business unit is required: it is its users that you manage");
  return {
    username: body.username,
    role: undefined,
    status: "ACTIVE",
    scope: body.role.toLowerCase() === "manager" ? { kind: "all" } : { kind: "tags", tagIds: [] },
    unitId: reach.kind === "unit" ? reach.unitId : null,
    isSsoOnly: false,
  };
}

type PasswordChoice = { password?: string; ssoOnly?: boolean };

/** Who comes through the identity provider only gets one that nobody knows: every log-in then costs the same. */
async function toPasswordHash(choice: PasswordChoice, need: { isNeeded: true }): Promise<string>;
async function toPasswordHash(choice: PasswordChoice, need: { isNeeded: false }): Promise<string | undefined>;
async function toPasswordHash({ password, ssoOnly }: PasswordChoice, { isNeeded }: { isNeeded: boolean }) {
  if (ssoOnly && password !== undefined) throw new AppError("invalid-parameter", "password: who is ssoOnly has none");
  if (ssoOnly) return hashPassword(randomBytes(32).toString("base64url"));
  if (password !== undefined) return hashPassword(password);
  if (isNeeded) throw new AppError("invalid-parameter", "password is missing; only who is ssoOnly has none");
  return undefined;
}

function assertPasswordFits(before: Member, after: Member, { password }: UserChange): void {
  if (after.isSsoOnly && password !== undefined)
    throw new AppError("invalid-parameter", "password: who is ssoOnly has none");
  if (before.isSsoOnly && !after.isSsoOnly && password === undefined)
    throw new AppError("invalid-parameter", "password is missing: who is no longer ssoOnly needs one");
}

async function assertEmailIsFree(tx: ScopedDb, email: string | null | undefined, id: number | undefined) {
  if (email && (await isEmailTaken(tx, email, id)))
    throw new AppError("conflict", `email ${JSON.stringify(email)} is another user's`);
}

function isManagerOfAll({ role, scope, status }: Member): boolean {
  return role.name === "Manager" && scope.kind === "all" && status === "ACTIVE";
}

async function assertManagerRemains(tx: ScopedDb, now: Date, id: number): Promise<void> {
  if (await hasOtherManager(tx, now, id)) return;
  throw new AppError("conflict", "this is the last active Manager of every asset; make another one first");
}

async function readUser(tx: ScopedDb, now: Date, id: number): Promise<UserRow> {
  const [user] = await listUsers(tx, { kind: "subscription" }, now, id);
  return user as UserRow;
}

function noUser(id: number): AppError {
  return new AppError("not-found", `there is no user ${id} that you manage`);
}
