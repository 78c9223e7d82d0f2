import { type RawBuilder, sql } from "kysely";
import type { FieldColumns, FieldMap } from "../../db/query/index.ts";
import { hostFields } from "../ot/index.ts";

/** The tables beside a detection's own, by alias. */
export const detectionJoins: Readonly<Record<"v" | "h" | "a", RawBuilder<unknown>>> = {
  v: sql`JOIN ot_advisory v ON v.subscription_id = d.subscription_id AND v.id = d.advisory_id`,
  h: sql`JOIN ot_host h ON h.subscription_id = d.subscription_id AND h.asset_id = d.asset_id`,
  a: sql`JOIN asset a ON a.subscription_id = d.subscription_id AND a.id = d.asset_id`,
};

/** A detection `d` with its advisory `v`, host `h`, asset `a` and what it says at length, `w`. Each detection has one of each. */
export const detectionTables: RawBuilder<unknown> = sql`ot_detection d ${sql.join(Object.values(detectionJoins), sql` `)}
  JOIN ot_detection_text w ON w.subscription_id = d.subscription_id AND w.digest = d.digest`;

/** The detections of assets `a`. */
export const theirDetections: RawBuilder<unknown> = sql`JOIN LATERAL (SELECT * FROM ot_detection d
  WHERE d.subscription_id = a.subscription_id AND d.asset_id = a.id OFFSET 0) d ON true`;

/** The highest score of the findings that the detection makes: there is one score only. */
export const detectionScore: RawBuilder<number | null> = sql<number | null>`(SELECT max(f.qds) FROM finding f
  WHERE f.subscription_id = d.subscription_id AND f.asset_id = d.asset_id AND f.fingerprint = ANY (d.fingerprints))`;

export const criticality: RawBuilder<string> = sql<string>`(CASE WHEN d.severity >= 5 THEN 'CRITICAL' WHEN d.severity = 4 THEN 'HIGH'
  WHEN d.severity = 3 THEN 'MEDIUM' ELSE 'LOW' END)`;
export const typeDetected: RawBuilder<string> = sql<string>`(CASE WHEN d.is_confirmed THEN 'Confirmed' ELSE 'Potential' END)`;
export const vulnCategory: RawBuilder<string> = sql<string>`'ICS Advisory'::text`;

/** What feeds tell of any of its CVEs; names as in the findings' risk factors. */
export const threatIntel: RawBuilder<unknown> = sql`(SELECT array_remove(ARRAY[
    CASE WHEN bool_or(k.kev_added_on IS NOT NULL) THEN 'Cisa_Known_Exploited_Vulns' END,
    CASE WHEN bool_or(k.kev_added_on IS NOT NULL OR k.ssvc_exploitation = 'active') THEN 'Active_Attacks' END,
    CASE WHEN bool_or(k.is_ransomware) THEN 'Ransomware' END,
    CASE WHEN bool_or(k.kev_added_on IS NOT NULL OR k.ssvc_exploitation IN ('active', 'poc')) THEN 'Public_Exploit' END], NULL)
  FROM cve_knowledge k WHERE k.cve_id = ANY (d.cve_ids))`;

/** Where the tokens of OT detection queries have their data: exactly what the list shows. */
export function detectionFields(subscriptionId: number): FieldMap {
  const ofHosts = hostFields(subscriptionId);
  return { groups: ofHosts.groups ?? {}, columns: { ...ofHosts.columns, ...ownColumns, ...vendorOf(ofHosts) } };
}

function vendorOf({ columns }: FieldMap): FieldColumns {
  return { "vulnerabilities.hardware.vendor": columns["hardware.manufacturer"]! };
}

const ownColumns: FieldColumns = {
  "vulnerabilities.qid": { kind: "integer", column: sql`v.qid` },
  "vulnerabilities.title": { kind: "text", column: sql`v.title` },
  "vulnerabilities.severity": { kind: "integer", column: sql`d.severity` },
  "vulnerabilities.criticality": {
    kind: "keyword",
    column: criticality,
    rank: { kind: "integer", column: sql`least(greatest(d.severity, 2), 5)`, isRequired: true },
  },
  "vulnerabilities.typeDetected": { kind: "keyword", column: typeDetected },
  "vulnerabilities.status": { kind: "keyword", column: sql`d.status` },
  "vulnerabilities.vulnCategory": { kind: "text", column: vulnCategory },
  "vulnerabilities.firstDetected": { kind: "timestamp", column: sql`d.first_detected` },
  "vulnerabilities.lastDetected": { kind: "timestamp", column: sql`d.last_detected` },
  "vulnerabilities.cveId": { kind: "keyword", column: sql`d.cve_ids`, isArray: true },
  "vulnerabilities.qds": { kind: "integer", column: detectionScore },
  "vulnerabilities.vulnerability.threatIntel": { kind: "keyword", column: threatIntel, isArray: true },
};
