import { type RawBuilder, type SqlBool, sql } from "kysely";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { findingTables, findingTablesAsNeeded } from "../findings-read/index.ts";

/** What a finding is counted by: what the groups' value is, and for those of several values the rows it stands in. */
const GROUPS: Readonly<Record<string, { value: RawBuilder<unknown>; join?: RawBuilder<unknown> }>> = {
  severity: { value: sql`f.severity` },
  criticality: {
    value: sql`CASE WHEN f.qds >= 90 THEN 'CRITICAL' WHEN f.qds >= 70 THEN 'HIGH' WHEN f.qds >= 40 THEN 'MEDIUM' ELSE 'LOW' END`,
  },
  status: { value: sql`f.status` },
  category: { value: sql`f.category` },
  product: { value: sql`c.product` },
  cve: { value: sql`f.cve_id` },
  check: { value: sql`c.title` },
  asset: { value: sql`a.name` },
  tag: {
    value: sql`t.name`,
    join: sql`JOIN tag t ON t.subscription_id = a.subscription_id AND t.id = ANY (a.tag_ids)`,
  },
  connection: {
    value: sql`n.name`,
    join: sql`JOIN LATERAL (SELECT DISTINCT s.connection_id FROM finding_source s
        WHERE s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint) s ON true
      JOIN connection n ON n.subscription_id = f.subscription_id AND n.id = s.connection_id`,
  },
};

export type FindingGroup = { value: string | number | null; findings: number; assets: number };

/** The largest groups, and how many there are. */
export async function countByGroup(
  db: ScopedDb,
  where: RawBuilder<SqlBool>,
  groupBy: string,
  limit: number,
): Promise<{ groups: FindingGroup[]; count: number }> {
  const { value, join = sql`` } = GROUPS[groupBy] as (typeof GROUPS)[string];
  const { rows } = await sql<FindingGroup & { groups: number }>`
    SELECT ${value} AS value, count(*) AS findings, count(DISTINCT f.asset_id) AS assets, count(*) OVER () AS groups
    FROM ${findingTablesAsNeeded} ${join} WHERE ${where}
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${limit}`.execute(db.read);
  return { groups: rows.map(({ groups: _groups, ...group }) => group), count: rows[0]?.groups ?? 0 };
}

/** What explains a finding beside what it shows. */
export type FindingGrounds = {
  fingerprint: string;
  product: string;
  vendorId: string;
  cveId: string | null;
  severity: number;
  cvss: { version: "2.0" | "3.0" | "3.1" | "4.0"; score: number | null }[];
  isExploitAvailable: boolean | null;
  /** What feeds tell of the CVE. */
  recordCvss: { version: "2.0" | "3.0" | "3.1" | "4.0"; score: number | null }[];
  epss: number | null;
  isKnownExploited: boolean;
  ssvcExploitation: "none" | "poc" | "active" | null;
  port: number | null;
  protocol: string | null;
  instance: string | null;
  asset: { connection: string; matchedBy: string | null; firstSeen: number }[];
};

/** Undefined when there is no such finding in the scope. */
export async function readGrounds(db: ScopedDb, findingId: number): Promise<FindingGrounds | undefined> {
  const { rows } = await sql<FindingGrounds>`
    SELECT f.fingerprint, c.product, c.vendor_id AS "vendorId", f.cve_id AS "cveId", c.severity, c.cvss,
      c.is_exploit_available AS "isExploitAvailable", coalesce(k.cvss, '[]') AS "recordCvss", k.epss,
      k.kev_added_on IS NOT NULL AS "isKnownExploited", k.ssvc_exploitation AS "ssvcExploitation", f.port, f.protocol, f.instance,
      coalesce((SELECT json_agg(json_build_object('connection', n.name, 'matchedBy', v.matched_by,
          'firstSeen', (extract(epoch FROM v.first_seen_at) * 1000)::bigint) ORDER BY n.name)
        FROM asset_source v JOIN connection n ON n.subscription_id = v.subscription_id AND n.id = v.connection_id
        WHERE v.subscription_id = f.subscription_id AND v.asset_id = f.asset_id), '[]') AS asset
    FROM ${findingTables}
    WHERE f.subscription_id = ${db.subscriptionId} AND f.id = ${findingId}
      AND ${assetInScope(db, sql.ref("a.tag_ids"))}`.execute(db.read);
  return rows[0];
}
