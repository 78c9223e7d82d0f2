import { OUI_PROTOCOL, resolveHost, type Statement, statementKey } from "@breakwater/domain/ot/index";
import { sql } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";

/** More is one device told in thousands of ways: nobody reads it, and the answer stays bounded. */
const MAX_STATEMENTS = 5_000;

/** What the host's description makes of a statement. */
type Standing = "used" | "agreeing" | "conflict" | "superseded";

type Told = Statement & { importId: string };

/**
 * What is said of a host that the caller may see: which role was inferred from what, and every source's word with
 * where it was read and whether it stands.
 */
export async function readHostEvidence(db: ScopedDb, assetId: number) {
  const { rows } = await sql<{ role: string | null; purdueLevel: number | null; reason: string | null }>`
    SELECT role, purdue_level AS "purdueLevel", purdue_basis AS reason FROM ot_host
    WHERE subscription_id = ${db.subscriptionId} AND asset_id = ${assetId}`.execute(db.read);
  const told = await listStatements(db, assetId);
  const standings = toStandings(told);
  const evidence = told.map((statement) => {
    const { field, value, protocol, source, confidence, firstSeenMs, lastSeenMs, importId, frame } = statement;
    const [firstSeen, lastSeen] = [new Date(firstSeenMs).toISOString(), new Date(lastSeenMs).toISOString()];
    const standing = standings(statement);
    return { field, value, standing, protocol, source, confidence, firstSeen, lastSeen, importId, frame };
  });
  return { inferred: rows[0] ?? { role: null, purdueLevel: null, reason: null }, evidence };
}

async function listStatements(db: ScopedDb, assetId: number): Promise<Told[]> {
  const { rows } = await sql<Omit<Told, "firstSeenMs" | "lastSeenMs"> & { first: Date; last: Date }>`
    SELECT field, value, protocol, source, confidence, first_seen AS first, last_seen AS last, job_id AS "importId", frame
    FROM ot_evidence WHERE subscription_id = ${db.subscriptionId} AND asset_id = ${assetId}
    ORDER BY field, confidence DESC, last_seen DESC, value, protocol, source LIMIT ${MAX_STATEMENTS}`.execute(db.read);
  return rows.map(({ first, last, ...row }) => ({ ...row, firstSeenMs: first.getTime(), lastSeenMs: last.getTime() }));
}

function toStandings(told: readonly Told[]): (statement: Statement) => Standing {
  const { fields, refused } = resolveHost(told);
  const against = [...refused, ...[...fields.values()].flatMap((field) => field.conflicts)];
  const conflicts = new Set(against.map(statementKey));
  const superseded = new Set([...fields.values()].flatMap((field) => field.superseded.map(statementKey)));
  return (statement) => {
    const key = statementKey(statement);
    if (conflicts.has(key)) return "conflict";
    if (superseded.has(key)) return "superseded";
    const best = fields.get(statement.field)?.best;
    // What follows from a MAC counts only where it is all that is known.
    if (statement.protocol === OUI_PROTOCOL && best?.protocol !== OUI_PROTOCOL) return "superseded";
    return best === undefined || statementKey(best) === key ? "used" : "agreeing";
  };
}
