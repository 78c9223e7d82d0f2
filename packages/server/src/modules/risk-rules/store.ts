import type { RISK_EFFECTS } from "@breakwater/contract/schemas/risk-rule";
import { type RawBuilder, sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

type Runner = Parameters<RawBuilder<unknown>["execute"]>[0];

/** What a rule is made of. */
export type RuleState = {
  name: string;
  reason: string;
  findingsQql: string;
  assetQql: string;
  effect: (typeof RISK_EFFECTS)[number];
  /** Null with INTERNET_FACING. */
  value: number | null;
  priority: number;
  isEnabled: boolean;
  endAt: Date | null;
  /** Whether scores are made with it. */
  isInForce: boolean;
  /** What `now` means in its queries. */
  asOf: Date;
  /** Whether they match otherwise as time passes. */
  isDated: boolean;
};

export type RuleRow = RuleState & { id: number; createdBy: string; createdAt: Date; updatedAt: Date };

const columns = sql`id, name, reason, findings_qql AS "findingsQql", asset_qql AS "assetQql", effect, value, priority,
  is_enabled AS "isEnabled", end_at AS "endAt", is_in_force AS "isInForce", as_of AS "asOf", is_dated AS "isDated",
  created_by AS "createdBy", created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Rules of the subscription in the order in which they act; `id` narrows to one. */
export async function selectRules(db: ScopedDb, id?: number): Promise<RuleRow[]> {
  const { rows } = await sql<RuleRow>`
    SELECT ${columns} FROM risk_rule
    WHERE subscription_id = ${db.subscriptionId} AND (${id ?? null}::integer IS NULL OR id = ${id ?? null})
    ORDER BY priority, id`.execute(db.write);
  return rows;
}

/** The new rule; undefined when its name is taken. */
export async function insertRule(
  db: ScopedDb,
  rule: RuleState,
  { createdBy, at }: { createdBy: string; at: Date },
): Promise<RuleRow | undefined> {
  const { rows } = await sql<RuleRow>`
    INSERT INTO risk_rule (subscription_id, name, reason, findings_qql, asset_qql, effect, value, priority, is_enabled,
      end_at, is_in_force, as_of, is_dated, created_by, created_at, updated_at)
    VALUES (${db.subscriptionId}, ${rule.name}, ${rule.reason}, ${rule.findingsQql}, ${rule.assetQql}, ${rule.effect},
      ${rule.value}, ${rule.priority}, ${rule.isEnabled}, ${rule.endAt}, ${rule.isInForce}, ${rule.asOf}, ${rule.isDated},
      ${createdBy}, ${at}, ${at})
    ON CONFLICT (subscription_id, lower(name)) DO NOTHING RETURNING ${columns}`.execute(db.write);
  return rows[0];
}

/** The changed rule; undefined when the name is another's: the transaction is lost then. */
export async function updateRule(db: ScopedDb, id: number, rule: RuleState, at: Date): Promise<RuleRow | undefined> {
  try {
    const { rows } = await sql<RuleRow>`
      UPDATE risk_rule SET name = ${rule.name}, reason = ${rule.reason}, findings_qql = ${rule.findingsQql},
        asset_qql = ${rule.assetQql}, effect = ${rule.effect}, value = ${rule.value}, priority = ${rule.priority},
        is_enabled = ${rule.isEnabled}, end_at = ${rule.endAt}, is_in_force = ${rule.isInForce}, as_of = ${rule.asOf},
        is_dated = ${rule.isDated}, updated_at = ${at}
      WHERE subscription_id = ${db.subscriptionId} AND id = ${id} RETURNING ${columns}`.execute(db.write);
    return rows[0];
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return undefined;
    throw error;
  }
}

const UNIQUE_VIOLATION = "23505";

export async function removeRule(db: ScopedDb, id: number): Promise<void> {
  await sql`DELETE FROM risk_rule WHERE subscription_id = ${db.subscriptionId} AND id = ${id}`.execute(db.write);
}

/** Subscriptions with rules whose time is over, or that are to be looked at by a new day. */
export async function listDue(db: Runner, now: Date): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT DISTINCT subscription_id AS id FROM risk_rule WHERE ${isDue(now)} ORDER BY 1`.execute(db);
  return rows.map(({ id }) => id);
}

/** Takes rules whose time is over out of force. @returns their names */
export async function endRules(tx: Runner, subscriptionId: number, now: Date): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    UPDATE risk_rule SET is_in_force = false
    WHERE subscription_id = ${subscriptionId} AND is_in_force AND end_at <= ${now} RETURNING name`.execute(tx);
  return rows.map(({ name }) => name);
}

/** Has `now` mean this day in the rules that ask for it. @returns how many there are */
export async function moveToDay(tx: Runner, subscriptionId: number, now: Date): Promise<number> {
  const { rows } = await sql`
    UPDATE risk_rule SET as_of = ${dayOf(now)}
    WHERE subscription_id = ${subscriptionId} AND is_in_force AND is_dated AND as_of < ${dayOf(now)} RETURNING 1`.execute(
    tx,
  );
  return rows.length;
}

function isDue(now: Date) {
  return sql`is_in_force AND (end_at <= ${now} OR (is_dated AND as_of < ${dayOf(now)}))`;
}

/** The beginning of the day, UTC. */
function dayOf(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
}
