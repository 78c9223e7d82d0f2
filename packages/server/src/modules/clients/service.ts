import { randomUUID } from "node:crypto";
import {
  AppError,
  type adminClientCreate,
  type adminClientUpdate,
  type BodyOf,
  type Module,
  type Permission,
} from "@breakwater/contract";
import { MAX_CLIENT_NAME_BYTES } from "@breakwater/contract/schemas/client";
import type { Caller, Scope } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { hashClientSecret, makeClientSecret, toModulePermissions } from "../auth/index.ts";
import {
  administer,
  assertHoldsAll,
  assertMayGrant,
  assertMayGrantScope,
  assertReachesAll,
  assertVisibleName,
  readReach,
  toTagIds,
} from "../users/index.ts";
import {
  type ClientRow,
  countClients,
  deleteClient,
  findOwner,
  insertClient,
  listClients,
  MAX_CLIENTS,
  type NewClient,
  type Sight,
  writeClient,
  writeRevocation,
  writeSecret,
} from "./store.ts";

export type ClientParts = { clock: Clock };
type NewClientBody = BodyOf<typeof adminClientCreate>;
type Holder = Pick<NewClient, "userId" | "permissions" | "hasFullScope" | "scopeTagIds">;
type WithSecret = { row: ClientRow; clientSecret: string };

/**
 * Makes a client that holds no more than the caller: docs/decisions/0011-clients-and-keys.md.
 *
 * @throws AppError `invalid-parameter`, `permission-required`, `conflict` (name taken, too many)
 */
export async function createClient(
  db: ScopedDb,
  parts: ClientParts,
  actor: Actor,
  body: NewClientBody,
): Promise<WithSecret> {
  const { caller } = actor;
  assertClientName(body.name);
  const createdAt = new Date(parts.clock());
  const expiresAt = body.expires === undefined ? null : new Date(body.expires);
  if (expiresAt && !(expiresAt > createdAt)) throw new AppError("invalid-parameter", "expires must lie in the future");
  const id = randomUUID();
  const clientSecret = makeClientSecret();
  const modules = [...new Set(body.modules)];
  const row = await administer(db, async (tx) => {
    const holder =
      body.kind === "user" ? await toUserHolder(tx, caller, body) : await toSubscriptionHolder(tx, caller, body);
    if ((await countClients(tx)) >= MAX_CLIENTS)
      throw new AppError("conflict", `the subscription has ${MAX_CLIENTS} API clients already; delete one first`);
    const secretHash = hashClientSecret(id, clientSecret);
    const createdBy = caller.username;
    const client = { ...holder, id, name: body.name, modules, secretHash, createdBy, createdAt, expiresAt };
    if (!(await insertClient(tx, client))) throw nameTaken(body.name);
    const created = await getClient(tx, caller, id);
    const detail = { kind: body.kind, user: created.owner, modules: modules.join(" ") };
    await audit(tx, actor, "admin.client.create", created, detail);
    return created;
  });
  return { row, clientSecret };
}

/** Clients that the caller may manage: {@link Sight}. */
export async function findClients(db: ScopedDb, caller: Caller, id?: string): Promise<ClientRow[]> {
  return listClients(db, await toSight(db, caller), id);
}

/** @throws AppError `not-found` */
export async function getClient(db: ScopedDb, caller: Caller, id: string): Promise<ClientRow> {
  const [row] = await findClients(db, caller, id);
  if (!row) throw new AppError("not-found", `there is no API client ${id}`);
  return row;
}

/** @throws AppError `not-found`, `invalid-parameter`, `permission-required`, `conflict` (name taken) */
export async function changeClient(
  db: ScopedDb,
  actor: Actor,
  id: string,
  body: BodyOf<typeof adminClientUpdate>,
): Promise<ClientRow> {
  const { caller } = actor;
  if (body.name !== undefined) assertClientName(body.name);
  return administer(db, async (tx) => {
    const before = await getClient(tx, caller, id);
    const name = body.name ?? before.name;
    const modules = body.modules ? [...new Set(body.modules)] : before.modules;
    await assertMayActAs(tx, caller, before);
    const permissions = toChangedPermissions(before, body.permissions, modules);
    assertHolds(caller, { ...before, modules, permissions });
    if (!(await writeClient(tx, id, { name, modules, permissions }))) throw nameTaken(name);
    const row = await getClient(tx, caller, id);
    await audit(tx, actor, "admin.client.update", row, { modules: row.modules.join(" ") });
    return row;
  });
}

/** @throws AppError `not-found`, `permission-required`, `conflict` (revoked) */
export async function rotateClient(
  db: ScopedDb,
  parts: ClientParts,
  actor: Actor,
  id: string,
  overlapSec: number,
): Promise<WithSecret> {
  const clientSecret = makeClientSecret();
  const row = await administer(db, async (tx) => {
    const client = await getClient(tx, actor.caller, id);
    await assertMayActAs(tx, actor.caller, client);
    if (client.revoked_at) throw new AppError("conflict", "the API client is revoked, for good; create another");
    const formerUntil = overlapSec > 0 ? new Date(parts.clock() + overlapSec * 1000) : null;
    await writeSecret(tx, id, hashClientSecret(id, clientSecret), formerUntil);
    await audit(tx, actor, "admin.client.rotate", client, { overlapSec });
    return client;
  });
  return { row, clientSecret };
}

/**
 * Ending a client needs no more than seeing it: whoever finds one that is misused must be able to.
 *
 * @throws AppError `not-found`
 */
export async function revokeClient(db: ScopedDb, parts: ClientParts, actor: Actor, id: string): Promise<ClientRow> {
  await getClient(db, actor.caller, id);
  return db.transaction(async (tx) => {
    await writeRevocation(tx, id, new Date(parts.clock()));
    const row = await getClient(tx, actor.caller, id);
    await audit(tx, actor, "admin.client.revoke", row);
    return row;
  });
}

/** @throws AppError `not-found` */
export async function removeClient(db: ScopedDb, actor: Actor, id: string): Promise<void> {
  await db.transaction(async (tx) => {
    const row = await getClient(tx, actor.caller, id);
    await deleteClient(tx, id);
    await audit(tx, actor, "admin.client.delete", row);
  });
}

/** The own clients; with the right to manage users those of users within reach; without a unit the subscription's. */
async function toSight(db: ScopedDb, caller: Caller): Promise<Sight> {
  const reach = await readReach(db, caller);
  const reachesAll = reach.kind === "subscription";
  const managed = reachesAll ? "all" : { unitId: reach.unitId };
  return {
    username: caller.username,
    hasOwnerless: reachesAll,
    others: caller.permissions.has("User Management Access") ? managed : "none",
  };
}

/** A user's client acts as the user: it is given like the user's password, and no further than its modules go. */
async function toUserHolder(db: ScopedDb, caller: Caller, body: NewClientBody): Promise<Holder> {
  if (body.permissions) throw new AppError("invalid-parameter", "permissions are for a subscription's client");
  if (body.scopeTags) throw new AppError("invalid-parameter", "scopeTags are for a subscription's client");
  const name = body.user ?? caller.username;
  const isOwn = name.toLowerCase() === caller.username.toLowerCase();
  if (!isOwn) assertHoldsAll(caller, ["User Management Access"]);
  const owner = await findOwner(db, name);
  const reach = isOwn ? undefined : await readReach(db, caller);
  if (!owner || (reach?.kind === "unit" && reach.unitId !== owner.unitId))
    throw new AppError("invalid-parameter", `user: there is no user ${JSON.stringify(name)}`);
  if (!isOwn) assertMayGrant(caller, owner);
  assertHoldsAll(caller, toModulePermissions(owner.role.permissions, body.modules));
  assertMayGrantScope(caller, owner.scope);
  return { userId: owner.id, permissions: [], hasFullScope: false, scopeTagIds: [] };
}

async function toSubscriptionHolder(db: ScopedDb, caller: Caller, body: NewClientBody): Promise<Holder> {
  if (body.user !== undefined) throw new AppError("invalid-parameter", "user is for a user's client");
  assertReachesAll(await readReach(db, caller));
  const permissions = toModulePermissions(body.permissions ?? caller.permissions, body.modules);
  assertNoStray(body.permissions, permissions);
  assertHoldsAll(caller, permissions);
  if (permissions.length === 0) throw new AppError("invalid-parameter", "modules: you hold no permission of these");
  const scope: Scope = body.scopeTags ? { kind: "tags", tagIds: await toTagIds(db, body.scopeTags) } : caller.scope;
  assertMayGrantScope(caller, scope);
  const scopeTagIds = scope.kind === "tags" ? scope.tagIds : [];
  return { userId: null, permissions, hasFullScope: scope.kind === "all", scopeTagIds };
}

/** Whoever chooses a client's secret or modules can act as it, so must hold all that it does. */
function assertHolds(
  caller: Caller,
  client: Pick<ClientRow, "modules" | "permissions" | "has_full_scope" | "scope_tag_ids">,
): void {
  assertHoldsAll(caller, toModulePermissions(client.permissions, client.modules));
  assertMayGrantScope(caller, client.has_full_scope ? { kind: "all" } : { kind: "tags", tagIds: client.scope_tag_ids });
}

/**
 * A new secret, or new modules, of another user's client are as good as the user's password: grants.ts.
 *
 * @throws AppError `permission-required`
 */
async function assertMayActAs(tx: ScopedDb, caller: Caller, client: ClientRow): Promise<void> {
  assertHolds(caller, client);
  if (client.owner === null || client.owner === caller.username) return;
  const owner = await findOwner(tx, client.owner);
  if (owner) assertMayGrant(caller, owner);
}

/** New modules only take away; more is given by naming it. Of a user's client: what the user's role leaves of them. */
function toChangedPermissions(
  before: ClientRow,
  named: readonly Permission[] | undefined,
  modules: readonly Module[],
): Permission[] {
  const permissions = toModulePermissions(named ?? before.permissions, modules);
  if (before.user_id !== null) {
    if (named) throw new AppError("invalid-parameter", "permissions are for a subscription's client");
    return permissions;
  }
  assertNoStray(named, permissions);
  if (permissions.length === 0)
    throw new AppError("invalid-parameter", "modules: the client has no permission of these; name its permissions");
  return permissions;
}

function assertNoStray(named: readonly Permission[] | undefined, permissions: readonly Permission[]): void {
  const stray = named?.find((name) => !permissions.includes(name));
  if (stray) throw new AppError("invalid-parameter", `permissions: ${stray} belongs to none of the modules`);
}

function assertClientName(name: string): void {
  assertVisibleName(name, "name");
  if (Buffer.byteLength(name) > MAX_CLIENT_NAME_BYTES)
    throw new AppError("invalid-parameter", `name must be at most ${MAX_CLIENT_NAME_BYTES} bytes of UTF-8`);
}

function nameTaken(name: string): AppError {
  return new AppError("conflict", `there is an API client ${JSON.stringify(name)} already`);
}

function audit(
  tx: ScopedDb,
  actor: Actor,
  action: string,
  row: ClientRow,
  detail: Record<string, string | number | null> = {},
): Promise<void> {
  return recordChange(tx.write, actor, { action, target: row.id, detail: { name: row.name, ...detail } });
}
