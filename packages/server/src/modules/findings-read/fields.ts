import { type RawBuilder, sql } from "kysely";
import type { FieldColumn, FieldMap } from "../../db/query/index.ts";
import { assetInterfaces } from "./asset-interfaces.ts";
import { acceptanceFields, knowledgeFields } from "./context-fields.ts";
import { riskBand } from "./risk-band.ts";
import { toldFields } from "./told-fields.ts";

const DAY_SEC = 86_400;

/**
 * Where the tokens of finding queries have their data, for queries over `finding f` joined with its `asset a`, its
 * `check_definition c` and the `cve_knowledge k` of its CVE: exactly what `jsonFormat` shows. Tokens that are not here match nothing.
 *
 * @param now what ages are counted to
 */
export function findingFields(now: Date): FieldMap {
  return {
    columns: {
      "finding.id": keyword(sql`f.id::text`),
      "finding.title": { kind: "text", column: sql`c.title` },
      "finding.description": { kind: "text", column: sql`c.description` },
      "finding.type": keyword(sql`f.category`),
      "finding.subType": keyword(sql`c.family`),
      "finding.instance": { kind: "text", column: sql`f.instance` },
      "finding.port": { kind: "integer", column: sql`f.port` },
      "finding.protocol": keyword(sql`f.protocol`),
      ...ratings,
      ...knowledgeFields,
      ...toldFields,
      ...acceptanceFields(now),
      "finding.status": { ...keyword(sql`f.status`), isRequired: true },
      "finding.isMitigated": { kind: "boolean", column: sql`(f.status = 'PROTECTED')`, isRequired: true },
      "finding.detectionAge": {
        ...{ kind: "integer", column: ageDays(now) },
        countsFrom: { kind: "timestamp", column: sql`f.first_found`, isRequired: true },
      },
      "finding.isExploitAvailable": { kind: "boolean", column: sql`c.is_exploit_available` },
      "finding.isPatchAvailable": { kind: "boolean", column: sql`coalesce(c.is_patch_available, false)` },
      "finding.isQualysPatchable": { kind: "boolean", column: sql`coalesce(c.is_vendor_patchable, false)` },
      "finding.vendorProductName": { kind: "text", column: sql`c.product` },
      "finding.vendorUrl": { ...keyword(vendorUrls), isArray: true },
      "finding.vendorFindingId": keyword(sql`c.vendor_id`),
      "finding.connectionId": { ...keyword(sql`n.id::text`), related: connections },
      "finding.connectionName": { kind: "text", column: sql`n.name`, related: connections },
      "finding.cveId": keyword(sql`f.cve_id`),
      "finding.cweId": { ...keyword(sql`c.cwe_ids`), isArray: true },
      "finding.qid": { kind: "integer", column: qid },
      "finding.threatIntel.hasNoPatch": { kind: "boolean", column: sql`(NOT c.is_patch_available)` },
      "finding.ingestedDate": { kind: "timestamp", column: sql`f.ingested_at` },
      "finding.firstFoundDate": { kind: "timestamp", column: sql`f.first_found`, isRequired: true },
      "finding.lastFoundDate": {
        ...{ kind: "timestamp", column: lastFoundAt, isRequired: true },
        ...{ atMost: lastLookAt, isSince: isLastFoundSince },
      },
      "finding.lastFixedDate": { kind: "timestamp", column: sql`f.last_fixed` },
      "finding.reopenedDate": { kind: "timestamp", column: sql`f.reopened_at` },
      "finding.patchReleasedDate": { kind: "timestamp", column: sql`c.patch_published_at` },
    },
  };
}

/** Where the tokens of asset queries have their data, for queries over `asset a`. */
export const assetFields: FieldMap = {
  columns: {
    "asset.name": { kind: "text", column: sql`a.name`, isRequired: true },
    "asset.criticalityScore": { kind: "integer", column: sql`a.criticality`, isRequired: true },
    "asset.riskScore": { kind: "integer", column: sql`a.risk`, isRequired: true },
    "asset.riskBand": keyword(riskBand(sql`a.risk`, sql`a.subscription_id`)),
    "asset.tag.name": {
      ...keyword(sql`t.name`),
      related: { from: sql`tag t`, where: sql`t.subscription_id = a.subscription_id AND t.id = ANY (a.tag_ids)` },
    },
    "asset.inventory.createdDate": { kind: "timestamp", column: sql`a.created_at` },
    "asset.inventory.source": { ...keyword(sql`a.sources`), isArray: true },
    "cloud.provider": keyword(sql`a.cloud_provider`),
    "operatingSystem.name": { kind: "text", column: sql`a.operating_system` },
    "asset.interface.address": { kind: "inet", column: sql`a.ip_addresses`, isArray: true },
    "asset.interface.hostname": { kind: "text", column: sql`a.host_names`, isArray: true },
    "asset.interface.macAddress": { ...keyword(sql`a.mac_addresses`), isArray: true },
  },
  groups: { "asset.interface": assetInterfaces },
};

function keyword(column: RawBuilder<unknown>): FieldColumn {
  return { kind: "keyword", column };
}

/** CVSS scores of the check and of the CVE's record. */
const cvssScores = sql`(
  SELECT 0 AS origin, o.* FROM jsonb_to_recordset(c.cvss) AS o(version text, score double precision, vector text)
  UNION ALL SELECT 1, r.* FROM jsonb_to_recordset(k.cvss) AS r(version text, score double precision, vector text)
) AS x`;
const bestFirst = sql`x.score IS NULL, x.version DESC, x.origin, x.score DESC`;

const ratings: Readonly<Record<string, FieldColumn>> = {
  "finding.severity": { kind: "integer", column: sql`f.severity`, isRequired: true },
  "finding.sourceSeverity": keyword(sql`c.source_severity`),
  "finding.qds": { kind: "integer", column: sql`f.qds`, isRequired: true },
  // Bands of the detection score: etm.md 5.
  "finding.criticality": {
    ...keyword(
      sql`CASE WHEN f.qds >= 90 THEN 'CRITICAL' WHEN f.qds >= 70 THEN 'HIGH' WHEN f.qds >= 40 THEN 'MEDIUM' ELSE 'LOW' END`,
    ),
    rank: { kind: "integer", column: sql`width_bucket(f.qds, ARRAY[40, 70, 90])`, isRequired: true },
  },
  "finding.cvss2BaseScore": { kind: "float", column: cvssScore("2%"), rank: cvssRank(2) },
  "finding.cvss3BaseScore": { kind: "float", column: cvssScore("3%"), rank: cvssRank(3) },
  "finding.cvss4BaseScore": { kind: "float", column: cvssScore("4%"), rank: cvssRank(4) },
  // Of the vector that the finding shows: the one beside the best score.
  "finding.accessVector":
    keyword(sql`(SELECT CASE substring(x.vector FROM '(?:^|/)AV:([NALP])') WHEN 'N' THEN 'Network' WHEN 'A' THEN 'Adjacent'
      WHEN 'L' THEN 'Local' WHEN 'P' THEN 'Physical' END
    FROM ${cvssScores} WHERE x.score IS NOT NULL ORDER BY ${bestFirst} LIMIT 1)`),
};

/** The pages that the source names, in its order. */
const vendorUrls = sql`ARRAY(SELECT u FROM unnest(c.reference_urls) AS u WHERE u ~* '^https?://')`;

/** Checks of one product only are numbered so. */
const qid = sql`(CASE WHEN c.product = 'Qualys' AND c.vendor_id ~ '^[0-9]{1,12}$' THEN c.vendor_id::bigint END)`;

function cvssScore(version: string): RawBuilder<unknown> {
  return sql`(SELECT x.score FROM ${cvssScores} WHERE x.version LIKE ${sql.lit(version)} ORDER BY ${bestFirst} LIMIT 1)`;
}

/** The same of {@link orderTables}. */
function cvssRank(generation: 2 | 3 | 4): Pick<FieldColumn, "kind" | "column"> {
  const [own, record] = [`own_cvss${generation}`, `record_cvss${generation}`];
  const isOfRecord = sql`${sql.ref(`${own}.score`)} IS NULL
    OR ${sql.ref(`${record}.version`)} COLLATE "C" > ${sql.ref(`${own}.version`)} COLLATE "C"`;
  const column = sql`(CASE WHEN ${isOfRecord} THEN ${sql.ref(`${record}.score`)} ELSE ${sql.ref(`${own}.score`)} END)`;
  return { kind: "float", column };
}

/** The best CVSS of a generation that one row `d` has. */
function bestCvssOf(rows: RawBuilder<unknown>, generation: number): RawBuilder<unknown> {
  return sql`SELECT x.version, x.score FROM ${rows},
      jsonb_to_recordset(d.cvss) AS x(version text, score double precision)
    WHERE x.version LIKE ${sql.lit(`${generation}%`)} AND x.score IS NOT NULL ORDER BY x.version DESC, x.score DESC LIMIT 1`;
}

/**
 * Tables that only orders of findings ask for, by alias. CVSS scores are those of a few thousand checks and CVEs: joined by
 * their keys they are reckoned once for each (Memoize), within an expression for each of millions of findings.
 */
export const orderTables: Readonly<Record<string, RawBuilder<unknown>>> = Object.fromEntries(
  [2, 3, 4].flatMap((generation) => {
    const check = sql`(SELECT * FROM check_definition d WHERE d.subscription_id = f.subscription_id AND d.id = f.check_id) d`;
    const record = sql`(SELECT * FROM cve_knowledge d WHERE d.cve_id = f.cve_id) d`;
    const toJoin = (alias: string, rows: RawBuilder<unknown>) =>
      [alias, sql`LEFT JOIN LATERAL (${bestCvssOf(rows, generation)}) ${sql.ref(alias)} ON true`] as const;
    return [toJoin(`own_cvss${generation}`, check), toJoin(`record_cvss${generation}`, record)];
  }),
);

function ageDays(now: Date): RawBuilder<unknown> {
  return sql`floor(date_part('epoch', ${now}::timestamptz - f.first_found) / ${sql.lit(DAY_SEC)})::bigint`;
}

const attribution = sql`s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint`;

const connections = {
  from: sql`finding_source s JOIN connection n ON n.subscription_id = s.subscription_id AND n.id = s.connection_id`,
  where: attribution,
};

/** As in the finding's JSON: an unchanged re-import moves only the asset's seen_at, which counts where no date is told. */
const lastFoundAt: RawBuilder<unknown> = sql`greatest(f.last_found, (
  SELECT max(v.seen_at) FROM finding_source s
  JOIN asset_source v ON v.subscription_id = s.subscription_id AND v.asset_id = s.asset_id AND v.connection_id = s.connection_id
  WHERE ${attribution} AND s.is_present AND s.told_last IS NULL AND f.status <> 'FIXED'))`;

/**
 * Whether {@link lastFoundAt} is at the time or later: nearly always the finding itself or the looks at its asset decide that.
 * OFFSET 0, since PostgreSQL would put millions of sources into memory where it guesses them to be few.
 */
function isLastFoundSince(time: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(f.last_found >= ${time} OR f.status <> 'FIXED' AND EXISTS (SELECT FROM asset_source v
    JOIN finding_source s ON s.connection_id = v.connection_id AND ${attribution} AND s.is_present AND s.told_last IS NULL
    WHERE v.subscription_id = f.subscription_id AND v.asset_id = f.asset_id AND v.seen_at >= ${time} OFFSET 0))`;
}

/** Never before {@link lastFoundAt}: as if the source that looked last at the asset had shown the finding. */
const lastLookAt: RawBuilder<unknown> = sql`(CASE WHEN f.status = 'FIXED' THEN f.last_found
  ELSE greatest(f.last_found, look.seen_at) END)`;

/** What {@link lastLookAt} asks for. */
export function lastLooks(subscriptionId: number): RawBuilder<unknown> {
  return sql`LEFT JOIN (SELECT v.asset_id, max(v.seen_at) AS seen_at FROM asset_source v
    WHERE v.subscription_id = ${subscriptionId} GROUP BY v.asset_id) look ON look.asset_id = f.asset_id`;
}
