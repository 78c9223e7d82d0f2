import type { ReportRow } from "./store.ts";

/** A report as etm.md 1.2 shows it. */
export function toReport(row: ReportRow) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    status: row.status,
    reportFormat: row.format,
    resources: row.parts,
    createdDate: row.created_at.getTime(),
    startedDate: row.started_at?.getTime() ?? null,
    completedDate: row.completed_at?.getTime() ?? null,
    expiresDate: row.expires_at?.getTime() ?? null,
    recordCount: row.record_count,
    progress: toProgress(row),
    ...(row.message === null ? {} : { message: row.message }),
    createdBy: row.created_by,
  };
}

/** Percent; 100 only when it is complete. */
function toProgress(row: ReportRow): number {
  if (row.status === "COMPLETED" || row.status === "EXPIRED") return 100;
  if (!row.expected_count) return 0;
  return Math.min(99, Math.floor((100 * row.record_count) / row.expected_count));
}
