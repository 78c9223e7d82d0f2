import type { Page } from "@breakwater/contract";
import type { KeyKind } from "@breakwater/domain/ot/advisories/index";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compileQuery, compileSort, type FieldMap, joinsOf } from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { isoTime } from "./detection-json.ts";

/** An advisory as the API shows it. */
export type AdvisoryView = {
  qid: number;
  id: string;
  title: string;
  url: string | null;
  publisher: string;
  version: string;
  isFinal: boolean;
  withdrawal: string | null;
  releasedDate: string;
  updatedDate: string;
  importedDate: string;
  cveIds: string[];
  productCount: number;
  recognizableProductCount: number;
  detectionCount: number;
};

/** @param search part of the id or title, or a CVE; empty: all */
export type AdvisoryFilter = { search: string; query: Query };

const nameKeys: KeyKind = "product-name";

/** What is counted of an advisory `v`, by alias: `p` its products, `n` the detections in scope. */
function advisoryJoins(db: ScopedDb): Readonly<Record<"p" | "n", RawBuilder<unknown>>> {
  return {
    p: sql`CROSS JOIN LATERAL (
      SELECT count(*) AS products, count(*) FILTER (WHERE EXISTS (
        SELECT FROM unnest(o.keys) AS k WHERE NOT starts_with(k, ${`${nameKeys}:`}))) AS recognizable
      FROM ot_advisory_product o WHERE o.subscription_id = v.subscription_id AND o.advisory_id = v.id) p`,
    n: sql`CROSS JOIN LATERAL (
      SELECT count(*) AS detections FROM ot_detection d
      JOIN asset a ON a.subscription_id = d.subscription_id AND a.id = d.asset_id
      WHERE d.subscription_id = v.subscription_id AND d.advisory_id = v.id AND d.status <> 'FIXED'
        AND ${assetInScope(db, sql.ref("a.tag_ids"))}) n`,
  };
}

const fields: FieldMap = {
  columns: {
    "advisory.qid": { kind: "integer", column: sql`v.qid`, isRequired: true },
    "advisory.id": { kind: "keyword", column: sql`v.id`, isRequired: true },
    "advisory.title": { kind: "text", column: sql`v.title`, isRequired: true },
    "advisory.url": { kind: "keyword", column: sql`v.url` },
    "advisory.publisher": { kind: "text", column: sql`v.publisher`, isRequired: true },
    "advisory.version": { kind: "text", column: sql`v.version`, isRequired: true },
    "advisory.isFinal": { kind: "boolean", column: sql`v.is_final`, isRequired: true },
    "advisory.withdrawal": { kind: "text", column: sql`v.withdrawal` },
    "advisory.releasedDate": { kind: "timestamp", column: sql`v.released_at`, isRequired: true },
    "advisory.updatedDate": { kind: "timestamp", column: sql`v.updated_at`, isRequired: true },
    "advisory.importedDate": { kind: "timestamp", column: sql`v.imported_at`, isRequired: true },
    "advisory.cveId": { kind: "keyword", column: sql`v.cve_ids`, isArray: true },
    "advisory.productCount": { kind: "integer", column: sql`p.products`, isRequired: true },
    "advisory.recognizableProductCount": { kind: "integer", column: sql`p.recognizable`, isRequired: true },
    "advisory.detectionCount": { kind: "integer", column: sql`n.detections`, isRequired: true },
  },
};

function isListed(db: ScopedDb, { search, query }: AdvisoryFilter): RawBuilder<SqlBool> {
  return sql<SqlBool>`v.subscription_id = ${db.subscriptionId} AND (${search} = ''
    OR strpos(lower(v.id), lower(${search})) > 0 OR strpos(lower(v.title), lower(${search})) > 0
    OR upper(${search}) = ANY (v.cve_ids)) AND ${compileQuery(query, fields)}`;
}

/** In the order asked for, else the last updated first; what is counted of them is, unless asked for, of the page alone. */
export async function listAdvisories(
  db: ScopedDb,
  filter: AdvisoryFilter,
  sort: readonly SortKey[],
  { pageNumber, pageSize }: Page,
): Promise<{ advisories: AdvisoryView[]; count: number }> {
  const joins = advisoryJoins(db);
  const where = isListed(db, filter);
  const order = sort.length === 0 ? sql`v.updated_at DESC, v.id` : compileSort(sort, fields, sql`v.id`, "text").orderBy;
  const { rows } = await sql<AdvisoryView>`
    SELECT v.qid, v.id, v.title, v.url, v.publisher, v.version, v.is_final AS "isFinal", v.withdrawal,
      ${isoTime("v.released_at")} AS "releasedDate", ${isoTime("v.updated_at")} AS "updatedDate",
      ${isoTime("v.imported_at")} AS "importedDate", v.cve_ids AS "cveIds", p.products AS "productCount",
      p.recognizable AS "recognizableProductCount", n.detections AS "detectionCount"
    FROM (
      SELECT x.*, row_number() OVER () AS ordinal FROM (
        SELECT v.* FROM ot_advisory v ${joinsOf(db.read, joins, [where, order])} WHERE ${where} ORDER BY ${order}
        LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint) x
    ) v ${joins.p} ${joins.n} ORDER BY v.ordinal`.execute(db.read);
  const { rows: total } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ot_advisory v ${joinsOf(db.read, joins, [where])} WHERE ${where}`.execute(db.read);
  return { advisories: rows, count: total[0]!.count };
}
