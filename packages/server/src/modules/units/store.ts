import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Reach } from "../users/index.ts";

/** What a business unit is made of. */
export type UnitContent = { name: string; description: string; scope_tag_ids: readonly number[] };

export type UnitRow = UnitContent & { id: number; scope_tags: string[]; user_count: number; created_at: Date };

/** Business units that the reach covers, by name; `id` narrows to one. */
export async function listUnits(db: ScopedDb, reach: Reach, id?: number): Promise<UnitRow[]> {
  const { rows } = await sql<UnitRow>`
    SELECT b.id, b.name, b.description, tags.ids AS scope_tag_ids, tags.names AS scope_tags, b.created_at,
           (SELECT count(*)::integer FROM app_user u
            WHERE u.subscription_id = b.subscription_id AND u.business_unit_id = b.id) AS user_count
    FROM business_unit b
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(t.id ORDER BY t.name), '{}') AS ids, coalesce(array_agg(t.name ORDER BY t.name), '{}') AS names
      FROM tag t WHERE t.subscription_id = b.subscription_id AND t.id = ANY (b.scope_tag_ids)
    ) tags
    WHERE b.subscription_id = ${db.subscriptionId} AND (${id ?? null}::integer IS NULL OR b.id = ${id ?? null})
      AND ${reach.kind === "subscription" ? sql`TRUE` : sql`b.id = ${reach.unitId}::integer`}
    ORDER BY lower(b.name), b.id`.execute(db.write);
  return rows;
}

export async function isNameTaken(db: ScopedDb, name: string, exceptId: number | undefined): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM business_unit WHERE subscription_id = ${db.subscriptionId} AND lower(name) = lower(${name})
      AND id IS DISTINCT FROM ${exceptId ?? null}::integer`.execute(db.write);
  return rows.length > 0;
}

export async function insertUnit(db: ScopedDb, unit: UnitContent): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    INSERT INTO business_unit (subscription_id, name, description, scope_tag_ids)
    VALUES (${db.subscriptionId}, ${unit.name}, ${unit.description}, ${unit.scope_tag_ids})
    RETURNING id`.execute(db.write);
  return (rows[0] as { id: number }).id;
}

export async function writeUnit(db: ScopedDb, id: number, unit: UnitContent): Promise<void> {
  await sql`
    UPDATE business_unit
    SET name = ${unit.name}, description = ${unit.description}, scope_tag_ids = ${unit.scope_tag_ids}
    WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
}

export async function removeUnit(db: ScopedDb, id: number): Promise<void> {
  await sql`DELETE FROM business_unit WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
}
