import type { Module } from "@breakwater/contract";
import { type RawBuilder, sql } from "kysely";
import type { Scope } from "../../caller.ts";
import type { ScopedDb } from "../../db/scoped.ts";

/** A client with what it holds: of a user's client, the user's role and scope. */
export type ClientRow = {
  id: string;
  name: string;
  user_id: number | null;
  /** The user's name; null: it is the subscription's. */
  owner: string | null;
  modules: Module[];
  permissions: string[];
  has_full_scope: boolean;
  scope_tag_ids: number[];
  scope_tags: string[];
  created_by: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
};

/** Whose clients somebody sees besides those of the user so named. */
export type Sight = {
  username: string;
  /** Those of the subscription itself. */
  hasOwnerless: boolean;
  /** Those of other users: of all, of a business unit's, of none. */
  others: "all" | "none" | { unitId: number | null };
};

export type NewClient = {
  id: string;
  name: string;
  userId: number | null;
  modules: readonly Module[];
  permissions: readonly string[];
  hasFullScope: boolean;
  scopeTagIds: readonly number[];
  secretHash: Buffer;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
};

/** More than anybody names; a list of them is answered whole. */
export const MAX_CLIENTS = 1_000;

function isOtherInSight(others: Sight["others"]): RawBuilder<boolean> {
  if (others === "all") return sql`TRUE`;
  return others === "none" ? sql`FALSE` : sql`u.business_unit_id = ${others.unitId}::integer`;
}

/** Clients that are in sight, by name; `id` narrows to one. */
export async function listClients(db: ScopedDb, sight: Sight, id?: string): Promise<ClientRow[]> {
  const { rows } = await sql<ClientRow>`
    SELECT c.id, c.name, c.user_id, u.username AS owner, c.modules, c.created_by, c.created_at, c.expires_at,
           c.revoked_at, c.last_used_at,
           CASE WHEN u.id IS NULL THEN c.permissions ELSE r.permissions END AS permissions,
           coalesce(u.has_full_scope, c.has_full_scope) AS has_full_scope,
           g.scope_tag_ids, g.scope_tags
    FROM api_client c
    LEFT JOIN app_user u ON u.subscription_id = c.subscription_id AND u.id = c.user_id
    LEFT JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(t.id ORDER BY t.name), '{}') AS scope_tag_ids,
             coalesce(array_agg(t.name ORDER BY t.name), '{}') AS scope_tags
      FROM tag t
      WHERE t.subscription_id = c.subscription_id AND t.id = ANY (coalesce(u.scope_tag_ids, c.scope_tag_ids))
    ) g
    WHERE c.subscription_id = ${db.subscriptionId} AND (${id ?? null}::uuid IS NULL OR c.id = ${id ?? null})
      AND (CASE WHEN c.user_id IS NULL THEN ${sight.hasOwnerless}
           ELSE u.username = ${sight.username} OR ${isOtherInSight(sight.others)} END)
    ORDER BY lower(c.name), c.id`.execute(db.write);
  return rows;
}

/** Whose client one is to be. */
type Owner = {
  id: number;
  username: string;
  role: { name: string; permissions: string[] };
  scope: Scope;
  unitId: number | null;
};

export async function findOwner(db: ScopedDb, username: string): Promise<Owner | undefined> {
  const { rows } = await sql<{
    id: number;
    username: string;
    role: string;
    permissions: string[];
    has_full_scope: boolean;
    scope_tag_ids: number[];
    business_unit_id: number | null;
  }>`
    SELECT u.id, u.username, r.name AS role, r.permissions, u.has_full_scope, u.business_unit_id,
           ARRAY(SELECT t.id FROM tag t WHERE t.subscription_id = u.subscription_id AND t.id = ANY (u.scope_tag_ids)
                 ORDER BY t.id) AS scope_tag_ids
    FROM app_user u JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    WHERE u.subscription_id = ${db.subscriptionId} AND lower(u.username) = lower(${username})`.execute(db.write);
  const [row] = rows;
  if (!row) return undefined;
  return {
    id: row.id,
    username: row.username,
    role: { name: row.role, permissions: row.permissions },
    scope: row.has_full_scope ? { kind: "all" } : { kind: "tags", tagIds: row.scope_tag_ids },
    unitId: row.business_unit_id,
  };
}

export async function countClients(db: ScopedDb): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::integer AS count FROM api_client WHERE subscription_id = ${db.subscriptionId}`.execute(db.write);
  return rows[0]?.count ?? 0;
}

/** False when the name is taken. */
export async function insertClient(db: ScopedDb, client: NewClient): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO api_client (subscription_id, id, name, user_id, modules, permissions, has_full_scope, scope_tag_ids,
                            secret_hash, created_by, created_at, expires_at)
    VALUES (${db.subscriptionId}, ${client.id}, ${client.name}, ${client.userId}, ${[...client.modules]}::text[],
            ${[...client.permissions]}::text[], ${client.hasFullScope}, ${[...client.scopeTagIds]}::integer[],
            ${client.secretHash}, ${client.createdBy}, ${client.createdAt}, ${client.expiresAt})
    ON CONFLICT (subscription_id, lower(name)) DO NOTHING RETURNING id`.execute(db.write);
  return rows.length > 0;
}

/** False when another client has the name. Call it with the subscription's row locked. */
export async function writeClient(
  db: ScopedDb,
  id: string,
  { name, modules, permissions }: { name: string; modules: readonly Module[]; permissions: readonly string[] },
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE api_client
    SET name = ${name}, modules = ${[...modules]}::text[],
        permissions = CASE WHEN user_id IS NULL THEN ${[...permissions]}::text[] ELSE '{}' END
    WHERE subscription_id = ${db.subscriptionId} AND id = ${id}
      AND NOT EXISTS (SELECT FROM api_client o
                      WHERE o.subscription_id = ${db.subscriptionId} AND o.id <> ${id} AND lower(o.name) = lower(${name}))
    RETURNING id`.execute(db.write);
  return rows.length > 0;
}

/** A new secret; the present one goes on beside it until `formerUntil`, null: not at all. */
export async function writeSecret(
  db: ScopedDb,
  id: string,
  secretHash: Buffer,
  formerUntil: Date | null,
): Promise<void> {
  await sql`
    UPDATE api_client
    SET secret_hash = ${secretHash}, former_secret_until = ${formerUntil}::timestamptz,
        former_secret_hash = CASE WHEN ${formerUntil}::timestamptz IS NULL THEN NULL ELSE secret_hash END
    WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
}

/** The first revocation's time stays. */
export async function writeRevocation(db: ScopedDb, id: string, at: Date): Promise<void> {
  await sql`
    UPDATE api_client SET revoked_at = coalesce(revoked_at, ${at}), former_secret_hash = NULL
    WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
}

export async function deleteClient(db: ScopedDb, id: string): Promise<void> {
  await sql`DELETE FROM api_client WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
}
