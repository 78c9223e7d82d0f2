import { type RawBuilder, type SqlBool, sql } from "kysely";
import { type Answered, listVersion } from "../../db/list-cache.ts";
import { prepared } from "../../db/prepared.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { type RiskBand, riskBand } from "../findings-read/index.ts";

export type AssetRow = {
  id: string;
  uuid: string;
  name: string;
  operatingSystem: string | null;
  criticalityScore: number;
  truRiskScore: number;
  truRiskBand: RiskBand;
  findingCount: number;
  isInternetFacing: boolean;
  isOt: boolean;
  ipAddresses: string[];
  macAddresses: string[];
  hostNames: string[];
  tags: string[];
  sources: string[];
  created: number;
  lastUpdated: number;
};

/** The condition "the asset is the caller's to see", over `asset a`. */
export function isVisible(db: ScopedDb): RawBuilder<SqlBool> {
  return sql<SqlBool>`a.subscription_id = ${db.subscriptionId} AND ${assetInScope(db, sql.ref("a.tag_ids"))}`;
}

/** Assets of the caller's scope, in the order of the ids. */
export async function readAssets(db: ScopedDb, ids: readonly number[]): Promise<AssetRow[]> {
  return JSON.parse((await assetsAsJson(db, ids)).value.toString());
}

/** The same as one JSON array: PostgreSQL builds it, and the rows of a page never become objects here. */
export async function assetsAsJson(db: ScopedDb, ids: readonly number[]): Promise<Answered<Buffer>> {
  const { rows } = await sql<{ json: string; version: string }>`${prepared}
    SELECT '[' || coalesce(string_agg((SELECT row_to_json(x) FROM (SELECT ${members}) AS x)::text, ',' ORDER BY m.ordinal), '')
      || ']' AS json, ${listVersion} AS version
    FROM unnest(${`{${ids.join(",")}}`}::bigint[]) WITH ORDINALITY AS m(id, ordinal)
    JOIN asset a ON a.id = m.id WHERE ${isVisible(db)}`.execute(db.read);
  const { json, version } = rows[0]!;
  return { value: Buffer.from(json), version };
}

const members = sql`a.id::text AS id, a.uuid, a.name, a.operating_system AS "operatingSystem",
  a.criticality AS "criticalityScore", a.risk AS "truRiskScore",
  ${riskBand(sql`a.risk`, sql`a.subscription_id`)} AS "truRiskBand", a.finding_count AS "findingCount",
  a.is_internet_facing AS "isInternetFacing", a.is_ot AS "isOt",
  ARRAY(SELECT host(x.ip) FROM unnest(a.ip_addresses) WITH ORDINALITY AS x(ip, at) ORDER BY x.at) AS "ipAddresses",
  a.mac_addresses AS "macAddresses", a.host_names AS "hostNames",
  ARRAY(SELECT t.name FROM tag t WHERE t.subscription_id = a.subscription_id AND t.id = ANY (a.tag_ids)
        ORDER BY t.name) AS tags,
  a.sources, (extract(epoch FROM a.created_at) * 1000)::bigint AS created,
  (extract(epoch FROM a.updated_at) * 1000)::bigint AS "lastUpdated"`;
