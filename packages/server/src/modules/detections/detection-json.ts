import { type RawBuilder, sql } from "kysely";
import { criticality, detectionScore, threatIntel, typeDetected, vulnCategory } from "./detection-fields.ts";

export function isoTime(column: string): RawBuilder<string> {
  return sql`to_char(${sql.ref(column)} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The members of a detection in the API's order (ot.md 1.2), both versions. */
export const detectionMembers: RawBuilder<unknown> = sql`
  d.uuid, v.qid, v.title, d.cve_ids AS "cveIds", d.severity, ${criticality} AS criticality,
  ${typeDetected} AS "typeDetected", d.status, ${vulnCategory} AS "vulnCategory", ${threatIntel} AS "threatIntel",
  ${isoTime("d.first_detected")} AS "firstDetected", ${isoTime("d.last_detected")} AS "lastDetected",
  ${isoTime("d.last_fixed")} AS "lastFixed", d.cvss_base AS "cvssBase", d.cvss3_base AS "cvss3Base",
  d.cvss4_base AS "cvss4Base", ${detectionScore} AS qds,
  (SELECT x FROM (SELECT v.id, v.title, v.url) AS x) AS advisory, w.solution, w.threat, v.impact,
  ARRAY(SELECT e FROM jsonb_to_recordset(d.evidence) AS e("cveId" text, verdict text, "productId" text, product text,
    "matchedBy" text, key text, place text, "installedVersion" text, "statedVersions" text, comparison text)) AS evidence,
  (SELECT x FROM (SELECT d.asset_id AS "assetId", a.name,
     ARRAY(SELECT host(i) FROM unnest(a.ip_addresses) AS i) AS "ipAddress") AS x) AS asset`;
