import { type RawBuilder, sql } from "kysely";
import { listKey, listVersion, readThrough } from "../../db/list-cache.ts";
import type { PageSource } from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { matchInScope } from "../findings/index.ts";
import { findingTables } from "../findings-read/index.ts";

/** What a finding is counted by, over the tables of `findingSource`: what the groups' value is, and for those of several values the rows it stands in. */
export type Grouping = {
  value: RawBuilder<unknown>;
  join?: RawBuilder<unknown>;
  /** What is shown of a group `g` instead of its value, which tells apart what has one name. */
  shown?: (subscriptionId: number) => RawBuilder<unknown>;
};

/** All that a grouping asks of the tables. */
export function partsOf({ value, join }: Grouping): RawBuilder<unknown>[] {
  return join ? [value, join] : [value];
}

export const GROUPINGS: Readonly<Record<string, Grouping>> = {
  severity: { value: sql`f.severity` },
  criticality: {
    value: sql`CASE WHEN f.qds >= 90 THEN 'CRITICAL' WHEN f.qds >= 70 THEN 'HIGH' WHEN f.qds >= 40 THEN 'MEDIUM' ELSE 'LOW' END`,
  },
  status: { value: sql`f.status` },
  category: { value: sql`f.category` },
  product: { value: sql`c.product` },
  cve: { value: sql`f.cve_id` },
  check: { value: sql`c.title` },
  asset: {
    value: sql`f.asset_id`,
    shown: (subscriptionId) => sql`g.value::text AS "assetId",
      (SELECT a.name FROM asset a WHERE a.subscription_id = ${subscriptionId} AND a.id = g.value) AS value`,
  },
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

export type FindingGroup = { value: string | number | null; assetId?: string; findings: number; assets: number };

/** The largest groups, and how many there are. */
export function countByGroup(
  db: ScopedDb,
  source: Pick<PageSource, "from" | "where">,
  grouping: Grouping,
  limit: number,
): Promise<{ groups: FindingGroup[]; count: number }> {
  const select = selectGroups(db.subscriptionId, source, grouping, limit);
  return readThrough(db.read, listKey(db.read, select), async () => {
    const { rows } = await select.execute(db.read);
    const { count, version, groups } = rows[0]!;
    return { value: { groups, count }, version };
  });
}

/** Grouped by asset first: counting distinct assets of each group instead sorts all findings. */
export function selectGroups(
  subscriptionId: number,
  { from, where }: Pick<PageSource, "from" | "where">,
  { value, join = sql``, shown }: Grouping,
  limit: number,
) {
  const head = shown?.(subscriptionId) ?? sql`g.value`;
  return sql<{ groups: FindingGroup[]; count: number; version: string }>`
    WITH groups AS MATERIALIZED (
      SELECT value, sum(findings)::bigint AS findings, count(*) AS assets
      FROM (SELECT ${value} AS value, f.asset_id, count(*) AS findings FROM ${from} ${join} WHERE ${where} GROUP BY 1, 2) x
      GROUP BY 1
    )
    SELECT coalesce((SELECT json_agg(y) FROM (
        SELECT ${head}, g.findings, g.assets FROM groups g ORDER BY g.findings DESC, g.value LIMIT ${limit}) y), '[]') AS groups,
      (SELECT count(*) FROM groups) AS count, ${listVersion} AS version`;
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
  isProtected: boolean;
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
      c.is_exploit_available AS "isExploitAvailable", f.status = 'PROTECTED' AS "isProtected", coalesce(k.cvss, '[]') AS "recordCvss", k.epss,
      k.kev_added_on IS NOT NULL AS "isKnownExploited", k.ssvc_exploitation AS "ssvcExploitation", f.port, f.protocol, f.instance,
      coalesce((SELECT json_agg(json_build_object('connection', n.name, 'matchedBy', v.matched_by,
          'firstSeen', (extract(epoch FROM v.first_seen_at) * 1000)::bigint) ORDER BY n.name)
        FROM asset_source v JOIN connection n ON n.subscription_id = v.subscription_id AND n.id = v.connection_id
        WHERE v.subscription_id = f.subscription_id AND v.asset_id = f.asset_id), '[]') AS asset
    FROM ${findingTables}
    WHERE f.subscription_id = ${db.subscriptionId} AND f.id = ${findingId}
      AND ${assetInScope(db, sql.ref("a.tag_ids"))}`.execute(db.read);
  const [grounds] = rows;
  const inScope = grounds?.asset.map((one) => ({ ...one, matchedBy: matchInScope(one.matchedBy, db.scope) }));
  return grounds && { ...grounds, asset: inScope ?? [] };
}
