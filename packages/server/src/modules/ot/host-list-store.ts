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
import { fromAssets, fromHosts, type HostSource } from "./host-fields.ts";
import { hostJson } from "./host-json.ts";

/**
 * The hosts that match, in the order asked for: read from the table whose index gives the order, or from the few assets
 * of a narrow scope.
 */
export async function hostSource(
  db: ScopedDb,
  filter: Query,
  sort: readonly SortKey[],
  nowMs: number,
): Promise<PageSource> {
  const source = sourceOf(db, sort);
  const { id, fields, table, join } = source;
  const { terms } = compileSort(sort, fields, id);
  const isListed = sql<SqlBool>`${source.where} AND ${isInScope(db)} AND ${compileQuery(filter, fields)}`;
  const joins = joinsOf(db.read, join, [isListed, ...terms.map(({ column }) => column)]);
  const one = { from: sql`${table} ${joins}`, where: source.where };
  const isOfAssets = sql<SqlBool>`${source.where} AND ${isInScope(db)}`;
  const areFew = db.scope.kind === "tags" && (await areFewAssets(db.read, isOfAssets, nowMs));
  const isOfAll = db.scope.kind === "all" && filter.kind === "all";
  const total = isOfAll ? keptTotal("ot_host", db.subscriptionId) : undefined;
  return { from: areFew ? sql`${assetsFirst(isOfAssets)} ${joins}` : one.from, where: isListed, total, terms, id, one };
}

/** From the table whose index gives the order; a scope is a matter of the asset. */
function sourceOf(db: ScopedDb, sort: readonly SortKey[]): HostSource {
  const first = sort[0]?.token.field;
  const isByAsset = first?.startsWith("asset.") && first !== "asset.assetId" && first !== "asset.purdueLevel";
  return db.scope.kind === "tags" || isByAsset ? fromAssets(db.subscriptionId) : fromHosts(db.subscriptionId);
}

function isInScope(db: ScopedDb): RawBuilder<SqlBool> {
  return assetInScope(db, sql.ref("a.tag_ids"));
}

/** How many hosts of the caller's scope the filter matches. */
export async function countHosts(db: ScopedDb, filter: Query, nowMs: number): Promise<number> {
  return countRows(db.read, await hostSource(db, filter, [], nowMs));
}

/**
 * A page of hosts as the API's JSON, and how many there are. Keys are put in order and cut first, and only the
 * page's rows are read whole.
 */
export async function listHosts(
  db: ScopedDb,
  filter: Query,
  sort: readonly SortKey[],
  choice: Page,
  nowMs: number,
): Promise<{ json: Buffer; count: number }> {
  const { count, ...page } = await readPage<number>(db.read, await hostSource(db, filter, sort, nowMs), choice);
  const what = ["hosts", db.subscriptionId, db.scope];
  return { json: await readRows(db.read, what, page, (ids) => readHosts(db, ids), NONE), count };
}

const NONE = Buffer.from(`{"assets":[]}`);

async function readHosts(db: ScopedDb, ids: readonly number[]): Promise<Answered<Buffer>> {
  const { rows } = await sql<{ json: string; version: string }>`${prepared}
    SELECT '{"assets":[' || coalesce(string_agg(${hostJson}::text, ',' ORDER BY m.ordinal), '') || ']}' AS json, ${listVersion} AS version
    FROM unnest(${ids}::bigint[]) WITH ORDINALITY AS m(id, ordinal)
    JOIN ot_host h ON h.subscription_id = ${db.subscriptionId} AND h.asset_id = m.id
    JOIN asset a ON a.subscription_id = h.subscription_id AND a.id = h.asset_id
    WHERE ${isInScope(db)}`.execute(db.read);
  const { json, version } = rows[0]!;
  return { value: Buffer.from(json), version };
}

/** A host of the caller's scope as the API's JSON. */
export async function findHost(db: ScopedDb, assetId: number): Promise<string | undefined> {
  const { rows } = await sql<{ json: string }>`
    SELECT ${hostJson}::text AS json FROM ot_host h
    JOIN asset a ON a.subscription_id = h.subscription_id AND a.id = h.asset_id
    WHERE h.subscription_id = ${db.subscriptionId} AND h.asset_id = ${assetId}
      AND ${isInScope(db)}`.execute(db.read);
  return rows[0]?.json;
}
