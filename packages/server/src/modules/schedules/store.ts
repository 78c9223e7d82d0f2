import type { ReportFormat, ReportStatus } from "@breakwater/contract";
import type { Page } from "@breakwater/contract/schemas/paging";
import type { Rhythm } from "@breakwater/domain/schedule/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { Account, Caller } from "../../caller.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { reportInScope } from "../reports/index.ts";

export type ScheduleSettings = {
  name: string;
  description: string;
  format: ReportFormat;
  asset_qql: string;
  findings_qql: string;
  rhythm: Rhythm;
  /** Null: disabled. */
  next_run_at: Date | null;
};

export type ScheduleRow = ScheduleSettings & {
  id: string;
  created_by: string;
  created_at: Date;
  last_run_at: Date | null;
  last_report: { id: string; status: ReportStatus; recordCount: number } | null;
  last_fault: string | null;
  /** The viewer's, or of a client of the viewer's. */
  is_own: boolean;
};

type Viewer = Pick<Caller, "account">;

function isOwn(db: ScopedDb, { account }: Viewer): RawBuilder<SqlBool> {
  if (account.kind === "client") return sql`s.client_id IS NOT DISTINCT FROM ${account.id}::uuid`;
  return sql`(s.user_id IS NOT DISTINCT FROM ${account.id}::integer OR EXISTS (SELECT FROM api_client c
    WHERE c.subscription_id = ${db.subscriptionId} AND c.id = s.client_id AND c.user_id = ${account.id}))`;
}

/** A schedule tells by its queries what somebody looks for: without full scope one sees one's own. */
function scheduleSeenBy(db: ScopedDb, viewer: Viewer): RawBuilder<SqlBool> {
  const isSeen = db.scope.kind === "all" ? sql`TRUE` : isOwn(db, viewer);
  return sql`s.subscription_id = ${db.subscriptionId} AND ${isSeen}`;
}

const selectSchedules = (db: ScopedDb, viewer: Viewer, now: Date) => sql<ScheduleRow>`
  SELECT s.id, s.name, s.description, s.format, s.asset_qql, s.findings_qql, s.rhythm, s.created_by, s.created_at,
    s.next_run_at, s.last_run_at, s.last_fault, ${isOwn(db, viewer)} AS is_own,
    (SELECT json_build_object('id', r.id, 'recordCount', r.record_count, 'status',
       CASE WHEN r.status = 'COMPLETED' AND r.expires_at <= ${now} THEN 'EXPIRED' ELSE r.status END)
     FROM report r WHERE ${reportInScope(db)} AND r.id = s.last_report_id) AS last_report
  FROM report_schedule s WHERE ${scheduleSeenBy(db, viewer)}`;

/** By name. */
export async function listSchedules(
  db: ScopedDb,
  viewer: Viewer,
  now: Date,
  { pageNumber, pageSize }: Page,
): Promise<{ rows: ScheduleRow[]; count: number }> {
  const { rows } = await sql<ScheduleRow>`${selectSchedules(db, viewer, now)} ORDER BY lower(s.name), s.id
    LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint`.execute(db.write);
  const { rows: counted } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM report_schedule s WHERE ${scheduleSeenBy(db, viewer)}`.execute(db.write);
  return { rows, count: counted[0]?.count ?? 0 };
}

/** Undefined when the viewer sees none of that id. */
export async function readSchedule(
  db: ScopedDb,
  viewer: Viewer,
  now: Date,
  id: string,
): Promise<ScheduleRow | undefined> {
  const { rows } = await sql<ScheduleRow>`${selectSchedules(db, viewer, now)} AND s.id = ${id}`.execute(db.write);
  return rows[0];
}

/** Schedules of the subscription that may be, whoever made them: each is work that nobody waits for. */
const MAX_SCHEDULES = 500;

/** First in its transaction. @returns the id; undefined when there are as many as may be */
export async function insertSchedule(
  db: ScopedDb,
  schedule: ScheduleSettings & { account: Account; createdBy: string; createdAt: Date },
): Promise<string | undefined> {
  const { account } = schedule;
  // Two at once would not count each other's.
  await sql`SELECT FROM subscription WHERE id = ${db.subscriptionId} FOR NO KEY UPDATE`.execute(db.write);
  const { rows } = await sql<{ id: string }>`
    INSERT INTO report_schedule (subscription_id, name, description, format, asset_qql, findings_qql, rhythm, next_run_at,
      user_id, client_id, created_by, created_at)
    SELECT ${db.subscriptionId}, ${schedule.name}, ${schedule.description}, ${schedule.format}, ${schedule.asset_qql},
      ${schedule.findings_qql}, ${JSON.stringify(schedule.rhythm)}::jsonb, ${schedule.next_run_at}::timestamptz,
      ${account.kind === "user" ? account.id : null}::integer, ${account.kind === "client" ? account.id : null}::uuid,
      ${schedule.createdBy}, ${schedule.createdAt}::timestamptz
    WHERE (SELECT count(*) FROM report_schedule WHERE subscription_id = ${db.subscriptionId}) < ${MAX_SCHEDULES}
    RETURNING id`.execute(db.write);
  return rows[0]?.id;
}

/** Locks the schedule to the end of the transaction; false when it is gone. */
export async function holdSchedule(tx: ScopedDb, id: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM report_schedule WHERE subscription_id = ${tx.subscriptionId} AND id = ${id} FOR UPDATE`.execute(
    tx.write,
  );
  return rows.length > 0;
}

export async function updateSchedule(tx: ScopedDb, id: string, schedule: ScheduleSettings): Promise<void> {
  await sql`
    UPDATE report_schedule SET name = ${schedule.name}, description = ${schedule.description}, format = ${schedule.format},
      asset_qql = ${schedule.asset_qql}, findings_qql = ${schedule.findings_qql},
      rhythm = ${JSON.stringify(schedule.rhythm)}::jsonb, next_run_at = ${schedule.next_run_at}
    WHERE subscription_id = ${tx.subscriptionId} AND id = ${id}`.execute(tx.write);
}

export async function deleteSchedule(tx: ScopedDb, id: string): Promise<void> {
  await sql`DELETE FROM report_schedule WHERE subscription_id = ${tx.subscriptionId} AND id = ${id}`.execute(tx.write);
}

/** What a run needs of its schedule. */
export type DueSchedule = Omit<ScheduleSettings, "next_run_at">;

/**
 * Locks the schedule to the end of the transaction, for one run. Undefined when it is gone or, for a run by its rhythm, not
 * due: another node has had it.
 */
export async function claimSchedule(tx: ScopedDb, id: string, dueAt?: Date): Promise<DueSchedule | undefined> {
  const isDue = dueAt ? sql`next_run_at <= ${dueAt}` : sql`TRUE`;
  const { rows } = await sql<DueSchedule>`
    SELECT name, description, format, asset_qql, findings_qql, rhythm FROM report_schedule
    WHERE subscription_id = ${tx.subscriptionId} AND id = ${id} AND ${isDue} FOR UPDATE`.execute(tx.write);
  return rows[0];
}

/** @param run.nextAt absent: as it was */
export async function saveRun(
  tx: ScopedDb,
  id: string,
  run: { at: Date; reportId: string | null; fault: string | null; nextAt?: Date },
): Promise<void> {
  const next = run.nextAt ? sql`${run.nextAt}::timestamptz` : sql`next_run_at`;
  await sql`
    UPDATE report_schedule SET last_run_at = ${run.at}, last_report_id = ${run.reportId}, last_fault = ${run.fault},
      next_run_at = ${next}
    WHERE subscription_id = ${tx.subscriptionId} AND id = ${id}`.execute(tx.write);
}
