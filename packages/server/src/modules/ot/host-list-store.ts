import type { Page } from "@breakwater/contract";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { type CountedAt, countCacheOf, countKey, snapshotMarker } from "../../db/count-cache.ts";
import { compileQuery, compileSort } from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { fromAssets, fromHosts, type HostSource } from "./host-fields.ts";
import { hostJson } from "./host-json.ts";

function isListed(db: ScopedDb, { where, fields }: HostSource, filter: Query): RawBuilder<SqlBool> {
  return sql<SqlBool>`${where} AND ${assetInScope(db, sql.ref("a.tag_ids"))} AND ${compileQuery(filter, fields)}`;
}

function sourceOf(db: ScopedDb, sort: readonly SortKey[]): HostSource {
  const first = sort[0]?.token.field;
  const isByAsset = first !== undefined && first !== "asset.assetId" && first !== "asset.purdueLevel";
  return db.scope.kind === "all" && !(isByAsset && first.startsWith("asset."))
    ? fromHosts(db.subscriptionId)
    : fromAssets(db.subscriptionId);
}

function selectCount(db: ScopedDb, filter: Query): RawBuilder<{ count: number }> {
  const source = sourceOf(db, []);
  return sql`SELECT count(*) AS count FROM ${source.from} WHERE ${isListed(db, source, filter)}`;
}

/** How many hosts of the caller's scope the filter matches. */
export async function countHosts(db: ScopedDb, filter: Query): Promise<number> {
  const { rows } = await selectCount(db, filter).execute(db.read);
  return rows[0]?.count ?? 0;
}

/**
 * A page of hosts as the API's JSON array, and how many there are; both of one moment. Keys are put in order and cut
 * first, and only the page's rows are read whole.
 */
export async function listHosts(
  db: ScopedDb,
  filter: Query,
  sort: readonly SortKey[],
  page: Page,
): Promise<{ json: string; count: number }> {
  const cache = countCacheOf(db.read);
  const key = countKey(selectCount(db, filter).compile(db.read));
  const counted = cache?.find(key);
  const [first] = (await selectHosts(db, filter, sort, page, counted).execute(db.read)).rows;
  // A page that was counted from the end is right only where the total was.
  const isRight = counted === undefined || first!.count === counted.count;
  const [row] = isRight ? [first] : (await selectHosts(db, filter, sort, page).execute(db.read)).rows;
  const { json, count, marker } = row!;
  if (marker !== null) cache?.put(key, { marker, count });
  return { json, count };
}

/**
 * The statement behind {@link listHosts}.
 *
 * @param counted a former total: taken if nothing was committed since; where it is not the total
 *   answered, the page may be a wrong one
 */
export function selectHosts(
  db: ScopedDb,
  filter: Query,
  sort: readonly SortKey[],
  { pageNumber, pageSize }: Page,
  counted?: CountedAt,
) {
  const source = sourceOf(db, sort);
  const count = sql`(${selectCount(db, filter)})`;
  const total =
    counted === undefined
      ? count
      : sql`CASE WHEN ${snapshotMarker} = ${counted.marker} THEN ${counted.count}::bigint ELSE ${count} END`;
  const isNearEnd = counted !== undefined && pageNumber * pageSize > counted.count / 2;
  const { terms } = compileSort(sort, source.fields, source.id);
  const orderBy = terms.map(({ column, direction }) =>
    (direction === "asc") !== isNearEnd ? sql`${column} asc` : sql`${column} desc`,
  );
  const skipped = pageNumber * pageSize;
  const left = Math.max(0, (counted?.count ?? 0) - skipped);
  const cut = isNearEnd
    ? sql`LIMIT ${Math.min(pageSize, left)} OFFSET ${Math.max(0, left - pageSize)}`
    : sql`LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint`;
  return sql<{ json: string; count: number; marker: string | null }>`
    WITH total AS MATERIALIZED (SELECT ${total} AS count),
    page AS MATERIALIZED (
      SELECT k.id, row_number() OVER () AS ordinal
      FROM (
        SELECT ${source.id} AS id FROM ${source.from} WHERE ${isListed(db, source, filter)}
        ORDER BY ${sql.join(orderBy)} ${cut}
      ) k
    )
    SELECT (SELECT count FROM total) AS count, ${snapshotMarker} AS marker,
           '[' || coalesce((
             SELECT string_agg(${hostJson}::text, ',' ORDER BY ${isNearEnd ? sql`p.ordinal DESC` : sql`p.ordinal`})
             FROM page p
             JOIN ot_host h ON h.subscription_id = ${db.subscriptionId} AND h.asset_id = p.id
             JOIN asset a ON a.subscription_id = ${db.subscriptionId} AND a.id = p.id
           ), '') || ']' AS json`;
}

/** A host of the caller's scope as the API's JSON. */
export async function findHost(db: ScopedDb, assetId: number): Promise<string | undefined> {
  const { rows } = await sql<{ json: string }>`
    SELECT ${hostJson}::text AS json FROM ot_host h
    JOIN asset a ON a.subscription_id = h.subscription_id AND a.id = h.asset_id
    WHERE h.subscription_id = ${db.subscriptionId} AND h.asset_id = ${assetId}
      AND ${assetInScope(db, sql.ref("a.tag_ids"))}`.execute(db.read);
  return rows[0]?.json;
}
