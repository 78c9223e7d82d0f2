import { type RawBuilder, sql } from "kysely";
import { epochMs, jsonScalar, jsonText, jsonTime } from "./sql-values.ts";

/** Which findings to show. */
export type FindingSet = {
  /** Of all of them. */
  subscriptionId: RawBuilder<number>;
  /** A table expression with the columns `ordinal` and `id`: which findings, and in which order. */
  matched: RawBuilder<unknown>;
};

/**
 * The common table expressions behind every shape of a finding (etm.md 3). What belongs to a check or an asset is put
 * together once per check and asset, not once per finding: that, not the joins, is what a page or an export costs.
 *
 * Tables are joined by id within a constant subscription. Joined by several columns, PostgreSQL multiplies their
 * selectivities, expects a single row, and scans a part of fifty thousand findings fifty thousand times.
 */
export function findingPage({ subscriptionId, matched }: FindingSet): RawBuilder<unknown> {
  return sql`
    page AS MATERIALIZED (
      SELECT m.ordinal, f.* FROM ${matched} m JOIN finding f ON f.subscription_id = ${subscriptionId} AND f.id = m.id
    ),
    checks AS MATERIALIZED (
      SELECT c.*, s2.score AS cvss2_score, s2.vector AS cvss2_vector, s3.score AS cvss3_score, s3.vector AS cvss3_vector,
             s4.score AS cvss4_score, s4.vector AS cvss4_vector
      FROM check_definition c ${cvssOf("s2", "2%")} ${cvssOf("s3", "3%")} ${cvssOf("s4", "4%")}
      WHERE c.subscription_id = ${subscriptionId} AND c.id IN (SELECT check_id FROM page)
    ),
    assets AS MATERIALIZED (
      SELECT a.*, ARRAY(SELECT host(address) FROM unnest(a.ip_addresses) AS address) AS addresses,
             ARRAY(SELECT t.name FROM tag t WHERE t.subscription_id = a.subscription_id AND t.id = ANY (a.tag_ids)
                   ORDER BY t.name) AS tag_names
      FROM asset a WHERE a.subscription_id = ${subscriptionId} AND a.id IN (SELECT asset_id FROM page)
    )`;
}

/** What the sources say of the finding `p`; LATERAL, so that it is always an index look-up, whatever is estimated. */
export function joinAttributions({ subscriptionId }: FindingSet): RawBuilder<unknown> {
  return sql`LEFT JOIN LATERAL (
      SELECT max(v.seen_at) FILTER (WHERE s.is_present AND p.status <> 'FIXED') AS seen_at,
             string_agg(${attributionJson}, ',' ORDER BY s.connection_id, s.check_id) AS json
      FROM finding_source s
      JOIN check_definition k ON k.subscription_id = ${subscriptionId} AND k.id = s.check_id
      JOIN connection n ON n.subscription_id = ${subscriptionId} AND n.id = s.connection_id
      LEFT JOIN asset_source v ON v.subscription_id = ${subscriptionId} AND v.asset_id = s.asset_id
        AND v.connection_id = s.connection_id
      WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = p.asset_id AND s.fingerprint = p.fingerprint
    ) s ON true`;
}

/** Of a check's scores of one CVSS generation, the one of the newest minor version that has a number. */
function cvssOf(alias: string, version: string): RawBuilder<unknown> {
  return sql`LEFT JOIN LATERAL (
      SELECT score, vector FROM jsonb_to_recordset(c.cvss) AS x(version text, vector text, score double precision)
      WHERE version LIKE ${sql.lit(version)} ORDER BY score IS NULL, version DESC LIMIT 1
    ) ${sql.ref(alias)} ON true`;
}

/** One element of `sources`. An unchanged re-import moves only the asset's seen_at, so that counts as seen too. */
const attributionJson: RawBuilder<string> = sql`concat(
  '{"source":', to_json(k.product), ',"connection":', to_json(n.name), ',"vendorFindingId":', to_json(k.vendor_id),
  ',"firstSeen":', ${epochMs(sql`s.first_seen`)},
  ',"lastSeen":', ${epochMs(sql`CASE WHEN s.is_present AND p.status <> 'FIXED' THEN greatest(s.last_seen, v.seen_at) ELSE s.last_seen END`)},
  ',"isPresent":', CASE WHEN s.is_present THEN 'true' ELSE 'false' END,
  ',"severity":', s.severity, ',"evidence":', to_json(s.evidence), '}')`;

/** When a finding of the page was last seen; an open one whenever a source that still has it looked at the asset. */
export const lastFoundAt: RawBuilder<unknown> = sql`greatest(p.last_found, s.seen_at)`;

/** JSON members of a finding that its check alone decides, each with a comma before it. */
export const checkMembers: RawBuilder<string> = sql`concat(
  ',"title":', ${jsonText("c.title")}, ',"description":', ${jsonText("c.description")},
  ',"subCategory":', ${jsonText("c.family")},
  ',"vendorId":', ${jsonText("c.vendor_id")}, ',"vendorProductName":', ${jsonText("c.product")},
  ',"isPatchAvailable":', CASE WHEN c.is_patch_available THEN 'true' ELSE 'false' END, ',"isQualysPatchable":false',
  ',"cvss":', ${bestCvss()})`;

/** JSON members of the object `cve` after its id. Never loaded is null, which differs from "not listed". */
export const cveMembers: RawBuilder<string> = sql`concat(
  ',"cvss2Info":', ${cvssInfo("cvss2")}, ',"cvss3Info":', ${cvssInfo("cvss3")}, ',"cvss4Info":', ${cvssInfo("cvss4")},
  ',"epss":null,"cisaKev":null}')`;

/** An object even where nothing is known, so that `cve.cvss3Info.basescore` is always there to be read. */
function cvssInfo(generation: string): RawBuilder<string> {
  return sql`concat('{"basescore":', ${jsonScalar(`c.${generation}_score`)},
    ',"vector":', ${jsonText(`c.${generation}_vector`)}, '}')`;
}

function bestCvss(): RawBuilder<string> {
  const of = (generation: string) => sql`WHEN ${sql.ref(`c.${generation}_score`)} IS NOT NULL
    THEN concat('{"baseScore":', ${sql.ref(`c.${generation}_score`)}, ',"vector":', ${jsonText(`c.${generation}_vector`)}, '}')`;
  return sql`CASE ${of("cvss4")} ${of("cvss3")} ${of("cvss2")} ELSE '{"baseScore":null,"vector":null}' END`;
}

/** JSON members of a finding that its asset alone decides. */
export const assetMembers: RawBuilder<string> = sql`concat(
  ',"truRiskScore":', a.risk, ',"asset":{"assetName":', ${jsonText("a.name")}, ',"internalAssetId":"', a.id,
  '","criticalityScore":', a.criticality, ',"tags":', to_json(a.tag_names),
  ',"ipAddresses":', to_json(a.addresses), ',"macAddresses":', to_json(a.mac_addresses),
  ',"hostNames":', to_json(a.host_names), '}')`;

/** JSON members of a finding that are its own, from the opening brace. */
export const ownMembers: RawBuilder<string> = sql`concat(
  '{"id":"', p.id, '","category":', to_json(p.category), ',"severity":', p.severity, ',"status":"', p.status,
  '","cveId":', ${jsonText("p.cve_id")}, ',"qds":', p.qds, ',"qvss":null',
  ',"firstFound":', ${epochMs(sql`p.first_found`)}, ',"lastFound":', ${epochMs(lastFoundAt)},
  ',"lastFixed":', ${jsonTime(sql`p.last_fixed`)}, ',"reopened":', ${jsonTime(sql`p.reopened_at`)},
  ',"port":', ${jsonScalar("p.port")}, ',"protocol":', ${jsonText("p.protocol")}, ',"instance":', ${jsonText("p.instance")})`;
