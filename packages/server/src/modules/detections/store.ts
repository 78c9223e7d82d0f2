import type { Page } from "@breakwater/contract";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compileQuery, compileSort } from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { detectionFields, detectionTables } from "./detection-fields.ts";
import { detectionMembers, isoTime } from "./detection-json.ts";

function isListed(db: ScopedDb, filter: Query): RawBuilder<SqlBool> {
  return sql<SqlBool>`d.subscription_id = ${db.subscriptionId} AND ${assetInScope(db, sql.ref("a.tag_ids"))}
    AND ${compileQuery(filter, detectionFields)}`;
}

/** How many detections of the caller's scope the filter matches. */
export async function countDetections(db: ScopedDb, filter: Query): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ${detectionTables} WHERE ${isListed(db, filter)}`.execute(db.read);
  return rows[0]?.count ?? 0;
}

/** A page of detections as the API's JSON array, and how many there are; both of one moment. */
export async function listDetections(
  db: ScopedDb,
  filter: Query,
  sort: readonly SortKey[],
  { pageNumber, pageSize }: Page,
): Promise<{ json: string; count: number }> {
  const { terms } = compileSort(sort, detectionFields, sql`d.uuid`);
  const orderBy = terms.map(({ column, direction }) =>
    direction === "asc" ? sql`${column} asc` : sql`${column} desc`,
  );
  const { rows } = await sql<{ json: string; count: number }>`
    WITH page AS MATERIALIZED (
      SELECT k.uuid, row_number() OVER () AS ordinal FROM (
        SELECT d.uuid FROM ${detectionTables} WHERE ${isListed(db, filter)}
        ORDER BY ${sql.join(orderBy)} LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint) k
    )
    SELECT (SELECT count(*) FROM ${detectionTables} WHERE ${isListed(db, filter)}) AS count,
      '[' || coalesce((
        SELECT string_agg((SELECT row_to_json(x) FROM (SELECT ${detectionMembers}) AS x)::text, ',' ORDER BY p.ordinal)
        FROM page p JOIN (${detectionTables}) ON d.subscription_id = ${db.subscriptionId} AND d.uuid = p.uuid
      ), '') || ']' AS json`.execute(db.read);
  return rows[0]!;
}

/** One detection of the caller's scope with its history, as the API's JSON; undefined when there is none. */
export async function findDetection(db: ScopedDb, uuid: string): Promise<string | undefined> {
  const { rows } = await sql<{ json: string }>`
    SELECT (SELECT row_to_json(x) FROM (SELECT ${detectionMembers}, ARRAY(
      SELECT y FROM (
        SELECT ${isoTime("e.at")} AS date, e.status, e.type_detected AS "typeDetected", e.cve_ids AS "cveIds"
        FROM ot_detection_event e WHERE e.subscription_id = d.subscription_id AND e.detection_uuid = d.uuid
        ORDER BY e.id) AS y) AS history) AS x)::text AS json
    FROM ${detectionTables}
    WHERE d.subscription_id = ${db.subscriptionId} AND d.uuid = ${uuid}::uuid
      AND ${assetInScope(db, sql.ref("a.tag_ids"))}`.execute(db.read);
  return rows[0]?.json;
}

/** An advisory as the API shows it. */
export type AdvisoryView = {
  qid: number;
  id: string;
  title: string;
  url: string | null;
  publisher: string;
  version: string;
  isFinal: boolean;
  releasedDate: string;
  updatedDate: string;
  importedDate: string;
  cveIds: string[];
  productCount: number;
  detectionCount: number;
};

/** @param search part of the id or title, or a CVE; empty: all */
export async function listAdvisories(
  db: ScopedDb,
  search: string,
  { pageNumber, pageSize }: Page,
): Promise<{ advisories: AdvisoryView[]; count: number }> {
  const isFound = sql<SqlBool>`v.subscription_id = ${db.subscriptionId} AND (${search} = ''
    OR strpos(lower(v.id), lower(${search})) > 0 OR strpos(lower(v.title), lower(${search})) > 0
    OR upper(${search}) = ANY (v.cve_ids))`;
  const { rows } = await sql<AdvisoryView>`
    SELECT v.qid, v.id, v.title, v.url, v.publisher, v.version, v.is_final AS "isFinal",
      ${isoTime("v.released_at")} AS "releasedDate", ${isoTime("v.updated_at")} AS "updatedDate",
      ${isoTime("v.imported_at")} AS "importedDate", v.cve_ids AS "cveIds",
      (SELECT count(*) FROM ot_advisory_product p
       WHERE p.subscription_id = v.subscription_id AND p.advisory_id = v.id) AS "productCount",
      (SELECT count(*) FROM ot_detection d
       JOIN asset a ON a.subscription_id = d.subscription_id AND a.id = d.asset_id
       WHERE d.subscription_id = v.subscription_id AND d.advisory_id = v.id AND d.status <> 'FIXED'
         AND ${assetInScope(db, sql.ref("a.tag_ids"))}) AS "detectionCount"
    FROM ot_advisory v WHERE ${isFound}
    ORDER BY v.updated_at DESC, v.id LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint`.execute(
    db.read,
  );
  const { rows: total } = await sql<{
    count: number;
  }>`SELECT count(*) AS count FROM ot_advisory v WHERE ${isFound}`.execute(db.read);
  return { advisories: rows, count: total[0]!.count };
}
