import type { Connection } from "@breakwater/contract/schemas/connection";
import type { ImportJob } from "@breakwater/contract/schemas/import-job";
import type { Static } from "typebox";
import type { ConnectionRow } from "./connection-store.ts";
import type { ImportJobRow, IssueRow } from "./import-store.ts";
import { NO_COUNTS } from "./sink.ts";

/** A job as the API shows it. */
export function toImportJob(row: ImportJobRow, issues: readonly IssueRow[] = []): Static<typeof ImportJob> {
  const isOver = row.status === "COMPLETED" || row.status === "FAILED";
  return {
    id: row.id,
    status: row.status,
    fileName: row.file_name,
    format: row.format,
    connection: row.connection_name,
    createdBy: row.created_by,
    createdDate: row.created_at.getTime(),
    startedDate: row.started_at?.getTime() ?? null,
    completedDate: row.completed_at?.getTime() ?? null,
    // 100 is kept for the end: after the last byte there is still work to do.
    progress: isOver ? 100 : Math.min(99, Math.floor((row.bytes_read / Math.max(row.file_bytes, 1)) * 100)),
    counts: { ...NO_COUNTS, ...row.counts },
    message: row.message,
    issues: [...issues],
  };
}

/** A connection as the API shows it. */
export function toConnection(row: ConnectionRow): Static<typeof Connection> {
  return {
    id: row.id,
    name: row.name,
    product: row.product || null,
    network: row.network,
    isComplete: row.is_complete,
    retainMissing: row.retain_missing,
    csvMapping: row.csv_mapping as Static<typeof Connection>["csvMapping"],
    trustRank: row.trust_rank,
    defaultCriticality: row.default_criticality,
    created: row.created_at.toISOString(),
  };
}
