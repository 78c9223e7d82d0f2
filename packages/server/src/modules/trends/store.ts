import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

/** One day of a series; without counts when nobody looked. */
export type DayRow = { day: string; counts: DayCounts | null };

export type DayCounts = {
  takenAt: number;
  assets: number;
  riskSum: number;
  statuses: Record<"NEW" | "ACTIVE" | "REOPENED" | "FIXED" | "PROTECTED" | "RETEST", number>;
  severities: [number, number, number, number, number];
  bands: Record<"CRITICAL" | "HIGH" | "MEDIUM" | "LOW", number>;
  accepted: number;
  found: number | null;
  fixed: number | null;
  remediated: number;
  remediatedSec: number;
};

/** Stands for the whole subscription where a tag's id is asked for. */
export const WHOLE = 0;

/** A tag of that name that the caller may ask for: any, or one of the scope. */
export async function findVisibleTag(db: ScopedDb, name: string): Promise<number | undefined> {
  const { scope } = db;
  const isVisible = scope.kind === "all" ? sql`TRUE` : sql`id = ANY (${[...scope.tagIds]}::integer[])`;
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM tag
    WHERE subscription_id = ${db.subscriptionId} AND lower(name) = lower(${name}) AND ${isVisible}`.execute(db.read);
  return rows[0]?.id;
}

/** The one tag of the scope that has all its others below it. */
export async function findCoveringTag(db: ScopedDb, tagIds: readonly number[]): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    WITH RECURSIVE scope AS (
      SELECT id, parent_id FROM tag WHERE subscription_id = ${db.subscriptionId} AND id = ANY (${[...tagIds]}::integer[])
    ), up AS (
      SELECT id AS tag_id, id AS above_id FROM scope
      UNION
      SELECT u.tag_id, s.parent_id FROM up u JOIN scope s ON s.id = u.above_id WHERE s.parent_id IS NOT NULL
    )
    SELECT above_id AS id FROM up WHERE above_id IN (SELECT id FROM scope)
    GROUP BY above_id HAVING count(*) = (SELECT count(*) FROM scope)`.execute(db.read);
  return rows[0]?.id;
}

/** Every day from the first to the last, `2026-08-01`. */
export async function readDays(
  db: ScopedDb,
  tagId: number,
  { from, to }: { from: string; to: string },
): Promise<DayRow[]> {
  const { rows } = await sql<DayRow>`
    SELECT g.day::date AS day, CASE WHEN c.day IS NOT NULL THEN json_build_object(
      'takenAt', (extract(epoch FROM d.taken_at) * 1000)::bigint, 'assets', c.assets, 'riskSum', c.risk_sum,
      'statuses', json_build_object('NEW', c.new_count, 'ACTIVE', c.active_count, 'REOPENED', c.reopened_count,
        'FIXED', c.fixed_count, 'PROTECTED', c.protected_count, 'RETEST', c.retest_count),
      'severities', c.severity_counts,
      'bands', json_build_object('CRITICAL', c.critical_count, 'HIGH', c.high_count, 'MEDIUM', c.medium_count,
        'LOW', c.low_count),
      'accepted', c.accepted_count, 'found', c.found_since, 'fixed', c.fixed_since,
      'remediated', c.remediated_count, 'remediatedSec', c.remediated_sec) END AS counts
    FROM generate_series(${from}::date::timestamp, ${to}::date::timestamp, interval '1 day') AS g(day)
    LEFT JOIN trend_count c ON c.subscription_id = ${db.subscriptionId} AND c.tag_id = ${tagId} AND c.day = g.day::date
    LEFT JOIN trend_day d ON d.subscription_id = c.subscription_id AND d.day = c.day
    ORDER BY g.day`.execute(db.read);
  return rows;
}
