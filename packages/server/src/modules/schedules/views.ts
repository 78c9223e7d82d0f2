import type { ScheduleRow } from "./store.ts";

/** A schedule as the API shows it. */
export function toSchedule(row: ScheduleRow) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    reportFormat: row.format,
    assetQql: row.asset_qql,
    findingsQql: row.findings_qql,
    rhythm: row.rhythm,
    isEnabled: row.next_run_at !== null,
    createdBy: row.created_by,
    createdDate: row.created_at.getTime(),
    nextRunDate: row.next_run_at?.getTime() ?? null,
    lastRunDate: row.last_run_at?.getTime() ?? null,
    lastReport: row.last_report,
    lastFault: row.last_fault,
  };
}
