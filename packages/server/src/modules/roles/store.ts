import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

/** What a custom role is made of. */
export type RoleContent = {
  name: string;
  description: string;
  has_ui_access: boolean;
  has_api_access: boolean;
  permissions: string[];
};

export type RoleRow = RoleContent & { id: number; is_shipped: boolean; user_count: number };

/** Roles of the subscription, by name; `id` narrows to one. */
export async function listRoles(db: ScopedDb, id?: number): Promise<RoleRow[]> {
  const { rows } = await sql<RoleRow>`
    SELECT r.id, r.name, r.description, r.is_shipped, r.has_ui_access, r.has_api_access, r.permissions,
           (SELECT count(*)::integer FROM app_user u
            WHERE u.subscription_id = r.subscription_id AND u.role_id = r.id) AS user_count
    FROM role r
    WHERE r.subscription_id = ${db.subscriptionId} AND (${id ?? null}::integer IS NULL OR r.id = ${id ?? null})
    ORDER BY lower(r.name), r.id`.execute(db.write);
  return rows;
}

export async function isNameTaken(db: ScopedDb, name: string, exceptId: number | undefined): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM role WHERE subscription_id = ${db.subscriptionId} AND lower(name) = lower(${name})
      AND id IS DISTINCT FROM ${exceptId ?? null}::integer`.execute(db.write);
  return rows.length > 0;
}

export async function insertRole(db: ScopedDb, role: RoleContent): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO role (subscription_id, name, description, has_ui_access, has_api_access, permissions)
    VALUES (${db.subscriptionId}, ${role.name}, ${role.description}, ${role.has_ui_access}, ${role.has_api_access},
            ${role.permissions})
    RETURNING id`.execute(db.write);
  return (rows[0] as { id: number }).id;
}

export async function writeRole(db: ScopedDb, id: number, role: RoleContent): Promise<void> {
  await sql`
    UPDATE role SET name = ${role.name}, description = ${role.description}, has_ui_access = ${role.has_ui_access},
      has_api_access = ${role.has_api_access}, permissions = ${role.permissions}
    WHERE subscription_id = ${db.subscriptionId} AND id = ${id} AND NOT is_shipped`.execute(db.write);
}

export async function removeRole(db: ScopedDb, id: number): Promise<void> {
  await sql`
    DELETE FROM role WHERE subscription_id = ${db.subscriptionId} AND id = ${id} AND NOT is_shipped`.execute(db.write);
}
