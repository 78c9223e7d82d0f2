import { type RawBuilder, sql } from "kysely";
import type { Database } from "../../db/pool.ts";
import { sumByEntity } from "../entities/index.ts";

/** What the job reads and writes; unscoped, for it counts for everybody. */

const REMEDIATED_DAYS = 30;
const STATUSES = ["NEW", "ACTIVE", "REOPENED", "FIXED", "PROTECTED", "RETEST"] as const;

/**
 * Subscriptions without a snapshot of the day. One that was made that day begins with the next: there was nothing before.
 */
export async function listUnlooked(db: Database, now: Date): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT s.id FROM subscription s WHERE s.created_at < ${toDay(now)}::date
      AND NOT EXISTS (SELECT FROM trend_day d WHERE d.subscription_id = s.id AND d.day = ${toDay(now)}::date)
    ORDER BY s.id`.execute(db.imports);
  return rows.map(({ id }) => id);
}

/** Once a day: whoever comes second, on whichever node, finds the day taken. */
export async function takeSnapshot(
  db: Database,
  subscriptionId: number,
  { now, retentionDays }: { now: Date; retentionDays: number },
): Promise<void> {
  await db.imports.transaction().execute(async (tx) => {
    const day = toDay(now);
    const { rows: taken } = await sql`
      INSERT INTO trend_day (subscription_id, day, taken_at) VALUES (${subscriptionId}, ${day}, ${now})
      ON CONFLICT DO NOTHING RETURNING day`.execute(tx);
    if (taken.length === 0) return;
    const { rows } = await sql<{ at: Date | null }>`
      SELECT max(taken_at) AS at FROM trend_day WHERE subscription_id = ${subscriptionId} AND day < ${day}`.execute(tx);
    await countDay(subscriptionId, day, { now, since: rows[0]?.at ?? null }).execute(tx);
    await sql`DELETE FROM trend_day WHERE subscription_id = ${subscriptionId}
      AND day <= ${day}::date - ${retentionDays}::integer`.execute(tx);
  });
}

/** A row for each tag, and one for all assets (tag 0), by one statement: of one moment, in PostgreSQL's own memory. */
function countDay(subscriptionId: number, day: string, times: { now: Date; since: Date | null }) {
  const measures = toMeasures(times);
  const counted = Object.entries(measures).map(([name, value]) => sql`${value} AS ${sql.id(name)}`);
  const from = sql`asset a LEFT JOIN (
    SELECT f.asset_id, ${sql.join(counted)} FROM finding f WHERE f.subscription_id = ${subscriptionId} GROUP BY f.asset_id
  ) m ON m.asset_id = a.id`;
  const bands = ["critical", "high", "medium", "low"].map((band) => `${band}_count`);
  const sums = {
    risk: sql`a.risk`,
    ...Object.fromEntries(bands.map((name) => [name, sql.ref(`a.${name}`)])),
    ...Object.fromEntries(Object.keys(measures).map((name) => [name, sql`coalesce(m.${sql.id(name)}, 0)`])),
  };
  const sum = (name: string) => sql`coalesce(s.${sql.id(name)}, 0)`;
  const sinceThen = (name: string) => (times.since ? sum(name) : sql`NULL`);
  const severities = [1, 2, 3, 4, 5].map((severity) => sum(`severity_${severity}`));
  return sql`
    INSERT INTO trend_count (subscription_id, day, tag_id, assets, risk_sum, new_count, active_count, reopened_count,
      fixed_count, protected_count, retest_count, severity_counts, critical_count, high_count, medium_count, low_count,
      accepted_count, found_since, fixed_since, remediated_count, remediated_sec)
    SELECT ${subscriptionId}, ${day}::date, e.id, ${sum("assets")}, ${sum("risk")}, ${sql.join(STATUSES.map(sum))},
      ARRAY[${sql.join(severities)}]::integer[], ${sql.join(bands.map(sum))}, ${sum("accepted")}, ${sinceThen("found")},
      ${sinceThen("fixed")}, ${sum("remediated")}, ${sum("remediated_sec")}
    FROM (SELECT 0 AS id UNION ALL SELECT t.id FROM tag t WHERE t.subscription_id = ${subscriptionId}) e
    LEFT JOIN ${sumByEntity(subscriptionId, from, sums)} s ON s.entity_id = e.id`;
}

/** What is counted of an asset's findings `f`. */
function toMeasures({ now, since }: { now: Date; since: Date | null }): Record<string, RawBuilder<unknown>> {
  const count = (condition: RawBuilder<unknown>) => sql`count(*) FILTER (WHERE ${condition})`;
  const isOpen = sql`f.status <> 'FIXED'`;
  const within = (column: string, after: Date | null) =>
    sql`${sql.ref(column)} > ${after ?? now}::timestamptz AND ${sql.ref(column)} <= ${now}::timestamptz`;
  const isRemediated = sql`f.status = 'FIXED'
    AND ${within("f.last_fixed", new Date(now.getTime() - REMEDIATED_DAYS * 86_400_000))}`;
  return {
    ...Object.fromEntries(STATUSES.map((status) => [status, count(sql`f.status = ${sql.lit(status)}`)])),
    ...Object.fromEntries(
      [1, 2, 3, 4, 5].map((one) => [`severity_${one}`, count(sql`${isOpen} AND f.severity = ${sql.lit(one)}`)]),
    ),
    accepted: count(sql`${isOpen} AND f.is_accepted`),
    found: count(within("f.first_found", since)),
    fixed: count(sql`f.status = 'FIXED' AND ${within("f.last_fixed", since)}`),
    remediated: count(isRemediated),
    remediated_sec: sql`coalesce(floor(sum(greatest(0, extract(epoch FROM f.last_fixed - f.first_found)))
      FILTER (WHERE ${isRemediated})), 0)`,
  };
}

function toDay(now: Date): string {
  return now.toISOString().slice(0, 10);
}
