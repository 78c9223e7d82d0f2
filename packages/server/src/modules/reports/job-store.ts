import type { ReportFormat, ReportStatus } from "@breakwater/contract";
import { sql } from "kysely";
import type { Scope } from "../../caller.ts";
import type { Database, SqlHandle } from "../../db/pool.ts";
import type { DeflatedFile } from "../../exporters/index.ts";
import type { JobKey } from "../../jobs/index.ts";
import { publishEvent } from "../webhooks/index.ts";

/** What the jobs of reports read and write; unscoped, since the row itself says on whose behalf they act. */

export type ReportOrder = {
  format: ReportFormat;
  assetQql: string;
  findingsQql: string;
  scope: Scope;
  createdAt: Date;
  isLarge: boolean;
};

export type FinishedPart = DeflatedFile & { name: string; records: number };

/** A report that is still to be made; undefined when it is not there or has ended. */
export async function findUnfinished(db: Database, key: JobKey): Promise<ReportOrder | undefined> {
  type Row = {
    format: ReportFormat;
    asset_qql: string;
    findings_qql: string;
    has_full_scope: boolean;
    scope_tag_ids: number[];
    created_at: Date;
    is_large: boolean;
  };
  const { rows } = await sql<Row>`
    SELECT format, asset_qql, findings_qql, has_full_scope, scope_tag_ids, created_at, is_large FROM report
    WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id} AND status IN ('REQUESTED', 'IN_PROGRESS')
  `.execute(db.write);
  const row = rows[0];
  if (!row) return undefined;
  return {
    format: row.format,
    assetQql: row.asset_qql,
    findingsQql: row.findings_qql,
    scope: row.has_full_scope ? { kind: "all" } : { kind: "tags", tagIds: row.scope_tag_ids },
    createdAt: row.created_at,
    isLarge: row.is_large,
  };
}

/** Oldest first. */
export async function listUnfinished(db: Database, isLarge: boolean): Promise<JobKey[]> {
  const { rows } = await sql<JobKey>`
    SELECT subscription_id AS "subscriptionId", id FROM report
    WHERE status IN ('REQUESTED', 'IN_PROGRESS') AND is_large = ${isLarge} ORDER BY created_at, id`.execute(db.write);
  return rows;
}

/** Moves a report that nobody has begun to the lane of large ones. */
export async function markLarge(db: Database, key: JobKey): Promise<void> {
  await sql`UPDATE report SET is_large = true WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id}`.execute(
    db.write,
  );
}

/** Begins, or begins again after a crash; false when it was cancelled meanwhile. */
export async function markStarted(
  db: Database,
  key: JobKey,
  start: { at: Date; expectedCount: number },
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE report SET status = 'IN_PROGRESS', started_at = coalesce(started_at, ${start.at}), has_files = true,
      expected_count = ${start.expectedCount}, record_count = 0
    WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id} AND status IN ('REQUESTED', 'IN_PROGRESS')
    RETURNING id`.execute(db.write);
  return rows.length > 0;
}

/** Notes how far it is; false when it was cancelled or deleted meanwhile. */
export async function markProgress(db: Database, key: JobKey, recordCount: number): Promise<boolean> {
  const { rows } = await sql`
    UPDATE report SET record_count = ${recordCount}
    WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id} AND status = 'IN_PROGRESS' RETURNING id`.execute(
    db.write,
  );
  return rows.length > 0;
}

export async function readStatus(db: Database, key: JobKey): Promise<ReportStatus | undefined> {
  const { rows } = await sql<{ status: ReportStatus }>`
    SELECT status FROM report WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id}`.execute(db.write);
  return rows[0]?.status;
}

/** All parts become visible at once, together with the status; false when it was cancelled meanwhile. */
export async function markCompleted(
  db: Database,
  key: JobKey,
  result: { parts: readonly FinishedPart[]; at: Date; expiresAt: Date },
): Promise<boolean> {
  const rows = result.parts.map((part, index) => ({ ordinal: index + 1, ...part }));
  const records = result.parts.reduce((sum, part) => sum + part.records, 0);
  return endReport(db, key, result.at, (tx) =>
    sql`
    WITH done AS (
      UPDATE report SET status = 'COMPLETED', completed_at = ${result.at}, expires_at = ${result.expiresAt},
        record_count = ${records}
      WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id} AND status = 'IN_PROGRESS'
      RETURNING subscription_id, id
    )
    INSERT INTO report_part (subscription_id, report_id, ordinal, name, records, bytes, deflated_bytes, crc32)
    SELECT done.subscription_id, done.id, p.ordinal, p.name, p.records, p.bytes, p."deflatedBytes", p.crc32
    FROM done, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS p(ordinal integer, name text, records integer, bytes bigint, "deflatedBytes" bigint, crc32 bigint)
    RETURNING report_id`.execute(tx),
  );
}

/** Ends a report and tells the webhooks, in one transaction; false when it had ended already. */
function endReport(
  db: Database,
  key: JobKey,
  at: Date,
  end: (tx: SqlHandle) => Promise<{ rows: unknown[] }>,
): Promise<boolean> {
  return db.write.transaction().execute(async (tx) => {
    if ((await end(tx)).rows.length === 0) return false;
    const { rows } = await sql<ReportTold>`
      SELECT id, name, status, format AS "reportFormat", record_count AS "recordCount", message FROM report
      WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id}`.execute(tx);
    const event = { subscriptionId: key.subscriptionId, type: "report.completed" as const, nowMs: at.getTime() };
    const told = rows[0] as ReportTold;
    await publishEvent(tx, { ...event, data: { ...told, path: `/etm/api/rest/v1/reports/${told.id}` } });
    return true;
  });
}

type ReportTold = {
  id: string;
  name: string;
  status: ReportStatus;
  reportFormat: ReportFormat;
  recordCount: number;
  message: string | null;
};

export async function markFailed(db: Database, key: JobKey, failure: { at: Date; message: string }): Promise<void> {
  await endReport(db, key, failure.at, (tx) =>
    sql`UPDATE report SET status = 'FAILED', completed_at = ${failure.at}, message = ${failure.message}
      WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id} AND status IN ('REQUESTED', 'IN_PROGRESS')
      RETURNING id`.execute(tx),
  );
}

/** Reports whose files are of no more use: past their time, or ended in another way while files may be left. */
export async function listDiscarded(db: Database, now: Date): Promise<JobKey[]> {
  const { rows } = await sql<JobKey>`
    SELECT subscription_id AS "subscriptionId", id FROM report
    WHERE has_files AND (status IN ('CANCELLED', 'FAILED', 'EXPIRED') OR (status = 'COMPLETED' AND expires_at <= ${now}))
    ORDER BY expires_at, id`.execute(db.write);
  return rows;
}

/** Ends a report's time; false when it is still wanted. */
export async function markExpired(db: Database, key: JobKey, now: Date): Promise<boolean> {
  const { rows } = await sql`
    UPDATE report SET status = CASE WHEN status = 'COMPLETED' THEN 'EXPIRED' ELSE status END
    WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id}
      AND (status IN ('CANCELLED', 'FAILED', 'EXPIRED') OR (status = 'COMPLETED' AND expires_at <= ${now}))
    RETURNING id`.execute(db.write);
  return rows.length > 0;
}

/** After the files are gone. */
export async function markFilesRemoved(db: Database, key: JobKey): Promise<void> {
  await sql`UPDATE report SET has_files = false
    WHERE subscription_id = ${key.subscriptionId} AND id = ${key.id}`.execute(db.write);
}
