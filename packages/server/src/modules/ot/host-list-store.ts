import type { Page } from "@breakwater/contract";
import type { Query, SortKey } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compileQuery, compileSort } from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { hostFields, hostTables } from "./host-fields.ts";
import { hostJson } from "./views.ts";

function isListed(db: ScopedDb, filter: Query): RawBuilder<SqlBool> {
  return sql<SqlBool>`h.subscription_id = ${db.subscriptionId} AND ${assetInScope(db, sql.ref("a.tag_ids"))}
    AND ${compileQuery(filter, hostFields)}`;
}

/** How many hosts of the caller's scope the filter matches. */
export async function countHosts(db: ScopedDb, filter: Query): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) AS count FROM ${hostTables} WHERE ${isListed(db, filter)}`.execute(db.read);
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
  return (await selectHosts(db, filter, sort, page).execute(db.read)).rows[0]!;
}

/** The statement behind {@link listHosts}. */
export function selectHosts(db: ScopedDb, filter: Query, sort: readonly SortKey[], { pageNumber, pageSize }: Page) {
  const { orderBy } = compileSort(sort, hostFields, sql`h.asset_id`);
  return sql<{ json: string; count: number }>`
    WITH page AS MATERIALIZED (
      SELECT k.asset_id, row_number() OVER () AS ordinal
      FROM (
        SELECT h.asset_id FROM ${hostTables} WHERE ${isListed(db, filter)}
        ORDER BY ${orderBy} LIMIT ${pageSize} OFFSET ${pageNumber}::bigint * ${pageSize}::bigint
      ) k
    )
    SELECT (SELECT count(*) FROM ${hostTables} WHERE ${isListed(db, filter)}) AS count,
           coalesce((
             SELECT json_agg(${hostJson} ORDER BY p.ordinal)
             FROM page p
             JOIN ot_host h ON h.subscription_id = ${db.subscriptionId} AND h.asset_id = p.asset_id
             JOIN asset a ON a.subscription_id = ${db.subscriptionId} AND a.id = p.asset_id
           ), '[]')::text AS json`;
}
