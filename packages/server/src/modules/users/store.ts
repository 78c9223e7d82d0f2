import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

export type UserRow = {
  id: number;
  username: string;
  email: string | null;
  full_name: string;
  role: string;
  status: string;
  has_full_scope: boolean;
  scope_tags: string[];
  created_at: Date;
};

export type NewUser = {
  username: string;
  email: string | null;
  fullName: string;
  passwordHash: string;
  roleId: number;
  hasFullScope: boolean;
  scopeTagIds: readonly number[];
};

/** Users of the subscription, by name; `id` narrows to one. */
export async function listUsers(db: ScopedDb, id?: number): Promise<UserRow[]> {
  const { rows } = await sql<UserRow>`
    SELECT u.id, u.username, u.email, u.full_name, r.name AS role, u.status, u.has_full_scope, u.created_at,
           ARRAY(SELECT t.name FROM tag t WHERE t.subscription_id = u.subscription_id AND t.id = ANY (u.scope_tag_ids)
                 ORDER BY t.name) AS scope_tags
    FROM app_user u JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    WHERE u.subscription_id = ${db.subscriptionId} AND (${id ?? null}::integer IS NULL OR u.id = ${id ?? null})
    ORDER BY lower(u.username), u.id`.execute(db.write);
  return rows;
}

export type RoleRow = { id: number; name: string; permissions: string[] };

export async function findRole(db: ScopedDb, name: string): Promise<RoleRow | undefined> {
  const { rows } = await sql<RoleRow>`
    SELECT id, name, permissions FROM role
    WHERE subscription_id = ${db.subscriptionId} AND lower(name) = lower(${name})`.execute(db.write);
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

/** The new user's id; undefined when the name is taken, in whatever subscription. */
export async function insertUser(db: ScopedDb, user: NewUser): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO app_user (subscription_id, username, email, full_name, password_hash, role_id, has_full_scope, scope_tag_ids)
    VALUES (${db.subscriptionId}, ${user.username}, ${user.email}, ${user.fullName}, ${user.passwordHash}, ${user.roleId},
            ${user.hasFullScope}, ${user.scopeTagIds})
    ON CONFLICT (lower(username)) DO NOTHING RETURNING id`.execute(db.write);
  return rows[0]?.id;
}
