import type { Limits, ServiceLevelName } from "@breakwater/domain/limits/index";
import { type RawBuilder, sql } from "kysely";
import { type TermColumns, termColumns } from "../auth/index.ts";

/** Limits are the operator's to set for any subscription, so these take the unscoped database; the service looks who asks. */
type Runner = Parameters<RawBuilder<unknown>["execute"]>[0];

/** Undefined when there is no such subscription. Locked until the end of the transaction when it is to be changed. */
export async function findTerms(
  db: Runner,
  subscriptionId: number,
  { forChange }: { forChange: boolean },
): Promise<TermColumns | undefined> {
  const { rows } = await sql<TermColumns>`
    SELECT ${termColumns} FROM subscription s WHERE s.id = ${subscriptionId}
    ${forChange ? sql`FOR NO KEY UPDATE` : sql``}`.execute(db);
  return rows[0];
}

/** @param custom the numbers of level Custom; of others none are kept */
export async function writeLevel(
  db: Runner,
  subscriptionId: number,
  level: ServiceLevelName,
  custom: Limits | undefined,
): Promise<void> {
  await sql`
    UPDATE subscription SET service_level = ${level}, rate_limit = ${custom?.maxCalls ?? null},
      rate_window_sec = ${custom?.windowSec ?? null}, concurrency_limit = ${custom?.maxConcurrent ?? null}
    WHERE id = ${subscriptionId}`.execute(db);
}

/** Numbers that are not given stay as they are, and are the subscription's in a new exception. */
export async function writeException(
  db: Runner,
  subscriptionId: number,
  api: string,
  numbers: Partial<Limits>,
): Promise<void> {
  const { maxCalls = null, windowSec = null, maxConcurrent = null } = numbers;
  await sql`
    INSERT INTO api_limit AS l (subscription_id, api, rate_limit, rate_window_sec, concurrency_limit)
    VALUES (${subscriptionId}, ${api}, ${maxCalls}, ${windowSec}, ${maxConcurrent})
    ON CONFLICT (subscription_id, api) DO UPDATE SET
      rate_limit = coalesce(excluded.rate_limit, l.rate_limit),
      rate_window_sec = coalesce(excluded.rate_window_sec, l.rate_window_sec),
      concurrency_limit = coalesce(excluded.concurrency_limit, l.concurrency_limit)`.execute(db);
}

export async function removeException(db: Runner, subscriptionId: number, api: string): Promise<void> {
  await sql`DELETE FROM api_limit WHERE subscription_id = ${subscriptionId} AND api = ${api}`.execute(db);
}

/**
 * Begins the installation's keys in a shared store: when its first subscription was made, to the microsecond. That is the
 * same on all nodes and after a restore, and another one for whoever shares the store.
 */
export async function readLimitsNamespace(db: { read: Runner }): Promise<string> {
  const { rows } = await sql<{ made: string }>`
    SELECT (extract(epoch FROM created_at) * 1000000)::bigint::text AS made FROM subscription ORDER BY id LIMIT 1
  `.execute(db.read);
  return `breakwater:${rows[0]?.made ?? "new"}`;
}
