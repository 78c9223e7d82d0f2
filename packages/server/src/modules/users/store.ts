import { type RawBuilder, sql } from "kysely";
import type { Scope } from "../../caller.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Reach } from "./reach.ts";

export type UserStatus = "ACTIVE" | "INACTIVE" | "LOCKED";

export type UserRow = {
  id: number;
  username: string;
  email: string | null;
  full_name: string;
  role: string;
  status: UserStatus;
  has_full_scope: boolean;
  scope_tags: string[];
  business_unit: string | null;
  is_sso_only: boolean;
  created_at: Date;
  last_login_at: Date | null;
};

/** What a user is, as far as the rules look at it. */
export type Member = {
  username: string;
  role: RoleRow;
  status: UserStatus;
  scope: Scope;
  unitId: number | null;
  isSsoOnly: boolean;
};

export type RoleRow = { id: number; name: string; permissions: string[] };

/** What a change writes besides {@link Member}; undefined: stays as it is. */
export type UserDetails = {
  email?: string | null;
  fullName?: string;
  passwordHash?: string;
  /** Sets the user free, when it is locked. */
  isUnlocked?: boolean;
};

/** A lock that has run out is none. */
function statusAt(now: Date): RawBuilder<UserStatus> {
  return sql`CASE WHEN u.status = 'LOCKED' AND u.locked_until <= ${now} THEN 'ACTIVE' ELSE u.status END`;
}

function isInReach(reach: Reach): RawBuilder<boolean> {
  return reach.kind === "subscription" ? sql`TRUE` : sql`u.business_unit_id = ${reach.unitId}::integer`;
}

/** Users that the reach covers, by name; `id` narrows to one. */
export async function listUsers(db: ScopedDb, reach: Reach, now: Date, id?: number): Promise<UserRow[]> {
  const { rows } = await sql<UserRow>`
    SELECT u.id, u.username, u.email, u.full_name, r.name AS role, ${statusAt(now)} AS status, u.has_full_scope,
           b.name AS business_unit, u.is_sso_only, u.created_at, u.last_login_at,
           ARRAY(SELECT t.name FROM tag t WHERE t.subscription_id = u.subscription_id AND t.id = ANY (u.scope_tag_ids)
                 ORDER BY t.name) AS scope_tags
    FROM app_user u
    JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    LEFT JOIN business_unit b ON b.subscription_id = u.subscription_id AND b.id = u.business_unit_id
    WHERE u.subscription_id = ${db.subscriptionId} AND ${isInReach(reach)}
      AND (${id ?? null}::integer IS NULL OR u.id = ${id ?? null})
    ORDER BY lower(u.username), u.id`.execute(db.write);
  return rows;
}

type MemberRow = {
  id: number;
  username: string;
  status: UserStatus;
  role_id: number;
  role: string;
  permissions: string[];
  has_full_scope: boolean;
  scope_tag_ids: number[];
  business_unit_id: number | null;
  is_sso_only: boolean;
};

/** Whom the reach covers, narrowed to one user, to who has a role, or to who belongs to a business unit. */
export async function listMembers(
  db: ScopedDb,
  reach: Reach,
  now: Date,
  among: { id: number } | { roleId: number } | { unitId: number },
): Promise<(Member & { id: number })[]> {
  const { id = null, roleId = null, unitId = null } = among as { id?: number; roleId?: number; unitId?: number };
  const { rows } = await sql<MemberRow>`
    SELECT u.id, u.username, ${statusAt(now)} AS status, r.id AS role_id, r.name AS role, r.permissions, u.has_full_scope,
           ARRAY(SELECT t.id FROM tag t WHERE t.subscription_id = u.subscription_id AND t.id = ANY (u.scope_tag_ids)
                 ORDER BY t.id) AS scope_tag_ids, u.business_unit_id, u.is_sso_only
    FROM app_user u JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    WHERE u.subscription_id = ${db.subscriptionId} AND ${isInReach(reach)}
      AND (u.id = ${id}::integer OR u.role_id = ${roleId}::integer OR u.business_unit_id = ${unitId}::integer)
    ORDER BY u.id`.execute(db.write);
  return rows.map((row) => ({
    id: row.id,
    username: row.username,
    role: { id: row.role_id, name: row.role, permissions: row.permissions },
    status: row.status,
    scope: row.has_full_scope ? { kind: "all" } : { kind: "tags", tagIds: row.scope_tag_ids },
    unitId: row.business_unit_id,
    isSsoOnly: row.is_sso_only,
  }));
}

export async function findRole(db: ScopedDb, name: string): Promise<RoleRow | undefined> {
  const { rows } = await sql<RoleRow>`
    SELECT id, name, permissions FROM role
    WHERE subscription_id = ${db.subscriptionId} AND lower(name) = lower(${name})`.execute(db.write);
  return rows[0];
}

export type UnitRow = { id: number; name: string; scope_tag_ids: number[] };

export async function findUnit(db: ScopedDb, by: { id: number } | { name: string }): Promise<UnitRow | undefined> {
  const { rows } = await sql<UnitRow>`
    SELECT b.id, b.name,
           ARRAY(SELECT t.id FROM tag t WHERE t.subscription_id = b.subscription_id AND t.id = ANY (b.scope_tag_ids)
                 ORDER BY t.id) AS scope_tag_ids
    FROM business_unit b WHERE b.subscription_id = ${db.subscriptionId}
      AND ${"id" in by ? sql`b.id = ${by.id}` : sql`lower(b.name) = lower(${by.name})`}`.execute(db.write);
  return rows[0];
}

/** Ids of the tags of those names, whatever their case; a name without a tag is left out. */
export async function findTagIds(db: ScopedDb, names: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ key: string; id: number }>`
    SELECT lower(name) AS key, id FROM tag
    WHERE subscription_id = ${db.subscriptionId} AND lower(name) = ANY (${names.map((name) => name.toLowerCase())})
  `.execute(db.write);
  return new Map(rows.map((row) => [row.key, row.id]));
}

/** The tags and all below them: what a scope of these tags covers. */
export async function listTagsBelow(db: ScopedDb, tagIds: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    WITH RECURSIVE below AS (
      SELECT id FROM tag WHERE subscription_id = ${db.subscriptionId} AND id = ANY (${[...tagIds]}::integer[])
      UNION
      SELECT t.id FROM tag t JOIN below b ON t.parent_id = b.id WHERE t.subscription_id = ${db.subscriptionId}
    ) SELECT id FROM below ORDER BY id`.execute(db.write);
  return rows.map(({ id }) => id);
}

export async function isEmailTaken(db: ScopedDb, email: string, exceptId: number | undefined): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM app_user WHERE subscription_id = ${db.subscriptionId} AND lower(email) = lower(${email})
      AND id IS DISTINCT FROM ${exceptId ?? null}::integer LIMIT 1`.execute(db.write);
  return rows.length > 0;
}

/** Active Managers of every asset, but for one user. */
export async function hasOtherManager(db: ScopedDb, now: Date, exceptId: number): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM app_user u JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    WHERE u.subscription_id = ${db.subscriptionId} AND u.id <> ${exceptId} AND r.is_shipped AND r.name = 'Manager'
      AND u.has_full_scope AND ${statusAt(now)} = 'ACTIVE' LIMIT 1`.execute(db.write);
  return rows.length > 0;
}

export type NewUser = Omit<Member, "status"> & { email: string | null; fullName: string; passwordHash: string };

/** The new user's id; undefined when the name is taken, in whatever subscription. */
export async function insertUser(db: ScopedDb, user: NewUser, now: Date): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO app_user (subscription_id, username, email, full_name, password_hash, password_changed_at, role_id,
                          has_full_scope, scope_tag_ids, business_unit_id, is_sso_only)
    VALUES (${db.subscriptionId}, ${user.username}, ${user.email}, ${user.fullName}, ${user.passwordHash}, ${now},
            ${user.role.id}, ${user.scope.kind === "all"}, ${toTagIds(user.scope)}, ${user.unitId}, ${user.isSsoOnly})
    ON CONFLICT (lower(username)) DO NOTHING RETURNING id`.execute(db.write);
  return rows[0]?.id;
}

/** Writes what the user is now. With a new password or without being active, the tokens it has had end. */
export async function writeUser(
  db: ScopedDb,
  id: number,
  member: Member,
  details: UserDetails,
  now: Date,
): Promise<void> {
  const { email, fullName, passwordHash = null, isUnlocked = false } = details;
  await sql`
    UPDATE app_user SET
      role_id = ${member.role.id}, has_full_scope = ${member.scope.kind === "all"}, scope_tag_ids = ${toTagIds(member.scope)},
      business_unit_id = ${member.unitId}, is_sso_only = ${member.isSsoOnly},
      email = ${email === undefined ? sql.ref("email") : email},
      full_name = ${fullName === undefined ? sql.ref("full_name") : fullName},
      status = ${isUnlocked || member.status === "INACTIVE" ? member.status : sql.ref("status")},
      failed_logins = CASE WHEN ${isUnlocked} THEN 0 ELSE failed_logins END,
      locked_until = CASE WHEN ${isUnlocked} THEN NULL ELSE locked_until END,
      password_hash = coalesce(${passwordHash}, password_hash),
      password_changed_at = CASE WHEN ${passwordHash}::text IS NULL THEN password_changed_at ELSE ${now}::timestamptz END,
      token_generation = token_generation + ${passwordHash !== null || member.status === "INACTIVE" ? 1 : 0}
    WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
}

export async function writeScopes(
  db: ScopedDb,
  scopes: readonly { id: number; tagIds: readonly number[] }[],
): Promise<void> {
  await sql`
    UPDATE app_user u SET scope_tag_ids = n."tagIds"
    FROM jsonb_to_recordset(${JSON.stringify(scopes)}::jsonb) AS n(id integer, "tagIds" integer[])
    WHERE u.subscription_id = ${db.subscriptionId} AND u.id = n.id`.execute(db.write);
}

export async function removeUser(db: ScopedDb, id: number): Promise<void> {
  await sql`DELETE FROM app_user WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
}

function toTagIds(scope: Scope): readonly number[] {
  return scope.kind === "all" ? [] : scope.tagIds;
}
