import type { Page } from "@breakwater/contract";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { keptTotal } from "../../db/kept-total.ts";
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
  const fields = detectionFields(db.subscriptionId);
  const isFound = sql<SqlBool>`${isOfTenant} AND ${compileQuery(filter, fields)}`;
  const id = sql`d.uuid`;
  const { terms } = compileSort(sort, fields, id, "uuid");
  const used = [isFound, ...terms.map(({ column }) => column)];
  const { a, ...others } = detectionJoins;
  const one = { from: sql`ot_detection d ${joinsOf(db.read, detectionJoins, used)}`, where: isOfTenant };
  if (db.scope.kind === "all") {
    const total = filter.kind === "all" ? keptTotal("ot_detection", db.subscriptionId) : undefined;
    return { from: one.from, where: isFound, total, terms, id, one };
  }
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
