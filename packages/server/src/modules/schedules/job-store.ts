import { sql } from "kysely";
import type { Account } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";
import type { JobKey } from "../../jobs/index.ts";

/** What the jobs of schedules read; unscoped, since the row itself says on whose behalf they act. */

/** Longest due first. */
export async function listDueSchedules(db: Database, now: Date): Promise<JobKey[]> {
  const { rows } = await sql<JobKey>`
    SELECT subscription_id AS "subscriptionId", id FROM report_schedule
    WHERE next_run_at <= ${now} ORDER BY next_run_at, id LIMIT 1000`.execute(db.write);
  return rows;
}

/** Who set the schedule up, and as what they were known then. */
export async function findCreator(
  db: Database,
  { subscriptionId, id }: JobKey,
): Promise<{ account: Account; name: string } | undefined> {
  type Row = { user_id: number | null; client_id: string | null; created_by: string };
  const { rows } = await sql<Row>`
    SELECT user_id, client_id, created_by FROM report_schedule
    WHERE subscription_id = ${subscriptionId} AND id = ${id}`.execute(db.write);
  const row = rows[0];
  if (!row) return undefined;
  const { user_id, client_id, created_by: name } = row;
  return { name, account: user_id === null ? { kind: "client", id: client_id! } : { kind: "user", id: user_id } };
}
