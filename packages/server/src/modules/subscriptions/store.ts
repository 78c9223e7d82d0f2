import { sql } from "kysely";
import type { SqlHandle } from "../../db/pool.ts";

// Subscriptions are what everything else is narrowed to, so these take the unscoped database: the service looks at who
// may ask for which (docs/decisions/0012-units-and-subscriptions.md).

/** What a change may set. */
export type SubscriptionContent = {
  name: string;
  service_level: string;
  lockout_threshold: number;
  lockout_minutes: number;
  password_max_age_days: number;
  allowed_addresses: string[];
};

export type SubscriptionRow = SubscriptionContent & {
  id: number;
  is_operator: boolean;
  user_count: number;
  created_at: Date;
};

/** All subscriptions, oldest first; `id` narrows to one. */
export async function listSubscriptions(db: SqlHandle, id?: number): Promise<SubscriptionRow[]> {
  const { rows } = await sql<SubscriptionRow>`
    SELECT s.id, s.name, s.id = (SELECT min(id) FROM subscription) AS is_operator, s.service_level, s.lockout_threshold,
           s.lockout_minutes, s.password_max_age_days, s.allowed_addresses, s.created_at,
           (SELECT count(*)::integer FROM app_user u WHERE u.subscription_id = s.id) AS user_count
    FROM subscription s WHERE ${id ?? null}::integer IS NULL OR s.id = ${id ?? null} ORDER BY s.id`.execute(db);
  return rows;
}

/** Until the transaction ends nobody else gives a subscription a name. Before {@link lockSubscription}. */
export async function lockNames(tx: SqlHandle): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('subscription names', 0))`.execute(tx);
}

/** Until the transaction ends nobody else changes or deletes the subscription or who may what there: `administer`. */
export async function lockSubscription(tx: SqlHandle, id: number): Promise<void> {
  await sql`SELECT FROM subscription WHERE id = ${id} FOR NO KEY UPDATE`.execute(tx);
}

export async function isNameTaken(tx: SqlHandle, name: string, exceptId: number | undefined): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM subscription WHERE lower(name) = lower(${name}) AND id IS DISTINCT FROM ${exceptId ?? null}::integer
  `.execute(tx);
  return rows.length > 0;
}

export async function writeSubscription(tx: SqlHandle, id: number, content: SubscriptionContent): Promise<void> {
  await sql`
    UPDATE subscription SET name = ${content.name}, service_level = ${content.service_level},
      lockout_threshold = ${content.lockout_threshold}, lockout_minutes = ${content.lockout_minutes},
      password_max_age_days = ${content.password_max_age_days}, allowed_addresses = ${content.allowed_addresses}
    WHERE id = ${id}`.execute(tx);
}

/** Whether more than its administration would be lost. */
export async function hasData(tx: SqlHandle, id: number): Promise<boolean> {
  const { rows } = await sql<{ has_data: boolean }>`
    SELECT EXISTS (SELECT FROM asset WHERE subscription_id = ${id})
        OR EXISTS (SELECT FROM import_job WHERE subscription_id = ${id})
        OR EXISTS (SELECT FROM report WHERE subscription_id = ${id}) AS has_data`.execute(tx);
  return rows[0]?.has_data === true;
}

/** Tables of a subscription that no foreign key leads to, for their speed: see the foundation's migration. */
export const UNLINKED_TABLES = [
  "finding",
  "finding_source",
  "ot_detection",
  "ot_detection_event",
  "row_total",
] as const;

/**
 * Deletes the subscription and everything it has but the audit log. The unlinked tables come last: a batch of an import
 * that was writing them has ended by then, since it held its assets, and none can begin any more.
 */
export async function removeSubscription(tx: SqlHandle, id: number): Promise<void> {
  // First who refers to others within the subscription, so that no reference is left when those go.
  await sql`DELETE FROM app_user WHERE subscription_id = ${id}`.execute(tx);
  await sql`DELETE FROM subscription WHERE id = ${id}`.execute(tx);
  for (const table of UNLINKED_TABLES) {
    await sql`DELETE FROM ${sql.table(table)} WHERE subscription_id = ${id}`.execute(tx);
  }
}
