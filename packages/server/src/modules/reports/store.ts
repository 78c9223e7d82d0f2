import type { ReportFormat, ReportStatus } from "@breakwater/contract";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

export type ReportRow = {
  id: string;
  name: string;
  description: string;
  format: ReportFormat;
  /** EXPIRED as soon as the time is over, whether or not the files are gone yet. */
  status: ReportStatus;
  created_by: string;
  created_at: Date;
  started_at: Date | null;
  completed_at: Date | null;
  expires_at: Date | null;
  expected_count: number | null;
  record_count: number;
  message: string | null;
  /** Names of the parts in order; empty unless COMPLETED. */
  parts: string[];
};

export type PartRow = { name: string; records: number; bytes: number; deflated_bytes: number; crc32: number };

export type NewReport = {
  name: string;
  description: string;
  format: ReportFormat;
  assetQql: string;
  findingsQql: string;
  createdBy: string;
  createdAt: Date;
};

/** Only reports, `report r`, whose creator saw nothing that the caller does not see: etm.md 1.4. */
export function reportInScope(db: ScopedDb): RawBuilder<SqlBool> {
  if (db.scope.kind === "all") return sql`r.subscription_id = ${db.subscriptionId}`;
  return sql`r.subscription_id = ${db.subscriptionId} AND NOT r.has_full_scope
    AND r.scope_tag_ids <@ ${[...db.scope.tagIds]}::integer[]`;
}

function selectReport(now: Date): RawBuilder<ReportRow> {
  const status = sql`CASE WHEN r.status = 'COMPLETED' AND r.expires_at <= ${now} THEN 'EXPIRED' ELSE r.status END`;
  return sql`SELECT r.id, r.name, r.description, r.format, ${status} AS status, r.created_by, r.created_at, r.started_at,
    r.completed_at, r.expires_at, r.expected_count, r.record_count, r.message,
    ARRAY(SELECT p.name FROM report_part p WHERE p.subscription_id = r.subscription_id AND p.report_id = r.id
          AND ${status} = 'COMPLETED' ORDER BY p.ordinal) AS parts
    FROM report r`;
}

export async function findReport(db: ScopedDb, id: string, now: Date): Promise<ReportRow | undefined> {
  const { rows } = await sql<ReportRow>`${selectReport(now)} WHERE ${reportInScope(db)} AND r.id = ${id}`.execute(
    db.read,
  );
  return rows[0];
}

/** Newest first. */
export async function listReports(
  db: ScopedDb,
  page: { offset: number; limit: number },
  now: Date,
): Promise<{ rows: ReportRow[]; count: number }> {
  const { rows } = await sql<ReportRow>`${selectReport(now)} WHERE ${reportInScope(db)}
    ORDER BY r.created_at DESC, r.id LIMIT ${page.limit} OFFSET ${page.offset}`.execute(db.read);
  const total = await sql<{ count: number }>`SELECT count(*) AS count FROM report r WHERE ${reportInScope(db)}`.execute(
    db.read,
  );
  return { rows, count: total.rows[0]?.count ?? 0 };
}

/** Adds a report with the caller's scope; or finds the identical one of the same caller that nobody has begun yet. */
export async function insertReport(db: ScopedDb, report: NewReport): Promise<string> {
  const hasFullScope = db.scope.kind === "all";
  const tagIds = db.scope.kind === "all" ? [] : [...db.scope.tagIds];
  const { rows } = await sql<{ id: string }>`
    WITH pending AS (
      SELECT r.id FROM report r
      WHERE r.subscription_id = ${db.subscriptionId} AND r.status = 'REQUESTED' AND r.created_by = ${report.createdBy}
        AND r.format = ${report.format} AND r.asset_qql = ${report.assetQql} AND r.findings_qql = ${report.findingsQql}
        AND r.name = ${report.name} AND r.description = ${report.description}
        AND r.has_full_scope = ${hasFullScope} AND r.scope_tag_ids = ${tagIds}::integer[]
      ORDER BY r.created_at LIMIT 1
    ), added AS (
      INSERT INTO report (subscription_id, name, description, format, asset_qql, findings_qql, status, created_by,
                          has_full_scope, scope_tag_ids, created_at)
      SELECT ${db.subscriptionId}, ${report.name}, ${report.description}, ${report.format}, ${report.assetQql},
             ${report.findingsQql}, 'REQUESTED', ${report.createdBy}, ${hasFullScope}, ${tagIds}::integer[], ${report.createdAt}
      WHERE NOT EXISTS (SELECT FROM pending)
      RETURNING id
    )
    SELECT id FROM pending UNION ALL SELECT id FROM added`.execute(db.write);
  return rows[0]!.id;
}

export async function listParts(db: ScopedDb, id: string): Promise<PartRow[]> {
  const { rows } = await sql<PartRow>`
    SELECT p.name, p.records, p.bytes, p.deflated_bytes, p.crc32 FROM report_part p
    JOIN report r ON r.subscription_id = p.subscription_id AND r.id = p.report_id
    WHERE ${reportInScope(db)} AND r.id = ${id} ORDER BY p.ordinal`.execute(db.read);
  return rows;
}

/** Ends a report that is not finished; false when it is. Whoever is making it notices and removes its files. */
export async function cancelReport(db: ScopedDb, id: string, by: { username: string; at: Date }): Promise<boolean> {
  const { rows } = await sql`
    UPDATE report r SET status = 'CANCELLED', completed_at = ${by.at}, message = ${`cancelled by ${by.username}`}
    WHERE ${reportInScope(db)} AND r.id = ${id} AND r.status IN ('REQUESTED', 'IN_PROGRESS') RETURNING r.id`.execute(
    db.write,
  );
  return rows.length > 0;
}

/** First step of deleting: from now on nobody reads it, and the clean-up finds the files if this process dies. */
export async function expireReport(db: ScopedDb, id: string): Promise<void> {
  await sql`UPDATE report r SET status = 'EXPIRED' WHERE ${reportInScope(db)} AND r.id = ${id} AND r.status = 'COMPLETED'`.execute(
    db.write,
  );
}

/** Last step of deleting, after its files are gone. */
export async function deleteReport(db: ScopedDb, id: string): Promise<void> {
  await sql`DELETE FROM report r WHERE ${reportInScope(db)} AND r.id = ${id}
    AND r.status NOT IN ('REQUESTED', 'IN_PROGRESS')`.execute(db.write);
}
