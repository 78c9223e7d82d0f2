import type { ACCEPTANCE_REASONS } from "@breakwater/contract/schemas/risk-acceptance";
import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

export type ReasonType = (typeof ACCEPTANCE_REASONS)[number];

export type AcceptanceRow = {
  id: string;
  findingId: string;
  reason: string;
  reasonType: ReasonType;
  createdBy: string;
  createdAt: Date;
  endAt: Date | null;
};

const columns = sql`r.id::text AS id, r.finding_id::text AS "findingId", r.reason, r.reason_type AS "reasonType",
  r.created_by AS "createdBy", r.created_at AS "createdAt", r.end_at AS "endAt"`;

/** Ends the acceptance in force. @returns whether there was one */
export async function closeAcceptance(
  db: ScopedDb,
  findingId: number,
  { now, closedBy }: { now: Date; closedBy: string },
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE risk_acceptance SET closed_at = ${now}, closed_by = ${closedBy}
    WHERE subscription_id = ${db.subscriptionId} AND finding_id = ${findingId} AND closed_at IS NULL
    RETURNING 1`.execute(db.write);
  return rows.length > 0;
}

export async function insertAcceptance(
  db: ScopedDb,
  row: Omit<AcceptanceRow, "id" | "findingId"> & { findingId: number },
): Promise<AcceptanceRow> {
  const { rows } = await sql<AcceptanceRow>`
    INSERT INTO risk_acceptance AS r (subscription_id, finding_id, reason, reason_type, created_by, created_at, end_at)
    VALUES (${db.subscriptionId}, ${row.findingId}, ${row.reason}, ${row.reasonType}, ${row.createdBy}, ${row.createdAt},
      ${row.endAt})
    RETURNING ${columns}`.execute(db.write);
  return rows[0] as AcceptanceRow;
}

/** Under the lock of the finding's asset. */
export async function markAccepted(db: ScopedDb, findingId: number, isAccepted: boolean): Promise<void> {
  await sql`UPDATE finding SET is_accepted = ${isAccepted}
    WHERE subscription_id = ${db.subscriptionId} AND id = ${findingId}`.execute(db.write);
}

/** The acceptance in force of a finding that the caller may see. */
export async function findAcceptance(db: ScopedDb, findingId: number, now: Date): Promise<AcceptanceRow | undefined> {
  const { rows } = await sql<AcceptanceRow>`
    SELECT ${columns} FROM risk_acceptance r
    WHERE r.subscription_id = ${db.subscriptionId} AND r.finding_id = ${findingId} AND r.closed_at IS NULL
      AND (r.end_at IS NULL OR r.end_at > ${now})`.execute(db.read);
  return rows[0];
}
