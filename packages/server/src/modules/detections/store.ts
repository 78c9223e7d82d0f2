import type { Page } from "@breakwater/contract";
import type { KeyKind } from "@breakwater/domain/ot/advisories/index";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { type Answered, listVersion } from "../../db/list-cache.ts";
import { prepared } from "../../db/prepared.ts";
import {
  areFewAssets,
  assetsFirst,
  compileQuery,
  compileSort,
  countRows,
  joinsOf,
  type PageSource,
  readPage,
  readRows,
} from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { detectionFields, detectionJoins, detectionTables, theirDetections } from "./detection-fields.ts";
import { detectionMembers, isoTime } from "./detection-json.ts";

/** The detections that match, in the order asked for; of a narrow scope by way of its few assets. */
export async function detectionSource(
  db: ScopedDb,
  filter: Query,
  sort: readonly SortKey[],
  nowMs: number,
): Promise<PageSource> {
  const isOfTenant = sql<SqlBool>`d.subscription_id = ${db.subscriptionId}`;
  const isFound = sql<SqlBool>`${isOfTenant} AND ${compileQuery(filter, detectionFields)}`;
  const id = sql`d.uuid`;
  const { terms } = compileSort(sort, detectionFields, id, "uuid");
  const used = [isFound, ...terms.map(({ column }) => column)];
  const { a, ...others } = detectionJoins;
  const one = { from: sql`ot_detection d ${joinsOf(db.read, detectionJoins, used)}`, where: isOfTenant };
  if (db.scope.kind === "all") return { from: one.from, where: isFound, terms, id, one };
  const isOfAssets = sql<SqlBool>`a.subscription_id = ${db.subscriptionId} AND ${isInScope(db)}`;
  const joins = joinsOf(db.read, others, used);
  return (await areFewAssets(db.read, isOfAssets, nowMs))
    ? { from: sql`${assetsFirst(isOfAssets)} ${theirDetections} ${joins}`, where: isFound, terms, id, one }
    : { from: sql`ot_detection d ${a} ${joins}`, where: sql`${isFound} AND ${isOfAssets}`, terms, id, one };
}

function isInScope(db: ScopedDb): RawBuilder<SqlBool> {
  return assetInScope(db, sql.ref("a.tag_ids"));
}

/** How many detections of the caller's scope the filter matches. */
export async function countDetections(db: ScopedDb, filter: Query, nowMs: number): Promise<number> {
  return countRows(db.read, await detectionSource(db, filter, [], nowMs));
}

/** A page of detections as the API's JSON, and how many there are. */
export async function listDetections(
  db: ScopedDb,
  filter: Query,
  sort: readonly SortKey[],
  choice: Page,
  nowMs: number,
): Promise<{ json: Buffer; count: number }> {
  const { count, ...page } = await readPage<string>(db.read, await detectionSource(db, filter, sort, nowMs), choice);
  const what = ["detections", db.subscriptionId, db.scope];
  return { json: await readRows(db.read, what, page, (ids) => readDetections(db, ids), NONE), count };
}

const NONE = Buffer.from(`{"vulnerabilities":[]}`);

async function readDetections(db: ScopedDb, uuids: readonly string[]): Promise<Answered<Buffer>> {
  const { rows } = await sql<{ json: string; version: string }>`${prepared}
    SELECT '{"vulnerabilities":[' || coalesce(
      string_agg((SELECT row_to_json(x) FROM (SELECT ${detectionMembers}) AS x)::text, ',' ORDER BY m.ordinal), '') || ']}' AS json, ${listVersion} AS version
    FROM unnest(${uuids}::uuid[]) WITH ORDINALITY AS m(uuid, ordinal)
    JOIN (${detectionTables}) ON d.subscription_id = ${db.subscriptionId} AND d.uuid = m.uuid
    WHERE ${isInScope(db)}`.execute(db.read);
  const { json, version } = rows[0]!;
  return { value: Buffer.from(json), version };
}

/** One detection of the caller's scope with its history, as the API's JSON; undefined when there is none. */
export async function findDetection(db: ScopedDb, uuid: string): Promise<string | undefined> {
  const { rows } = await sql<{ json: string }>`
    SELECT (SELECT row_to_json(x) FROM (SELECT ${detectionMembers}, ARRAY(
      SELECT y FROM (
        SELECT ${isoTime("e.at")} AS date, e.status, e.type_detected AS "typeDetected", e.cve_ids AS "cveIds", e.reason
        FROM ot_detection_event e WHERE e.subscription_id = d.subscription_id AND e.detection_uuid = d.uuid
        ORDER BY e.id) AS y) AS history) AS x)::text AS json
    FROM ${detectionTables}
    WHERE d.subscription_id = ${db.subscriptionId} AND d.uuid = ${uuid}::uuid
      AND ${isInScope(db)}`.execute(db.read);
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
  withdrawal: string | null;
  releasedDate: string;
  updatedDate: string;
  importedDate: string;
  cveIds: string[];
  productCount: number;
  recognizableProductCount: number;
  detectionCount: number;
};

const nameKeys: KeyKind = "product-name";

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
    SELECT v.qid, v.id, v.title, v.url, v.publisher, v.version, v.is_final AS "isFinal", v.withdrawal,
      ${isoTime("v.released_at")} AS "releasedDate", ${isoTime("v.updated_at")} AS "updatedDate",
      ${isoTime("v.imported_at")} AS "importedDate", v.cve_ids AS "cveIds",
      (SELECT count(*) FROM ot_advisory_product p
       WHERE p.subscription_id = v.subscription_id AND p.advisory_id = v.id) AS "productCount",
      (SELECT count(*) FROM ot_advisory_product p WHERE p.subscription_id = v.subscription_id AND p.advisory_id = v.id
         AND EXISTS (SELECT FROM unnest(p.keys) AS k WHERE NOT starts_with(k, ${`${nameKeys}:`}))) AS "recognizableProductCount",
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
