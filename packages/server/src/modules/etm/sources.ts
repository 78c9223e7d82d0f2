import { assetTable, findingTable } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { keptTotal } from "../../db/kept-total.ts";
import {
  areFewAssets,
  assetsFirst,
  compileQuery,
  compileSort,
  joinsOf,
  type PageSource,
} from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import { assetFields, type FindingFilter, findingFields, lastLooks, orderTables } from "../findings-read/index.ts";
import { isVisible } from "./asset-store.ts";

/**
 * The findings that match, in the order asked for, read by way of their assets where those are few.
 *
 * @param beside what else is asked of the tables
 * @throws AppError `invalid-query`, `invalid-sort`
 */
export async function findingSource(
  db: ScopedDb,
  filter: FindingFilter,
  sort: string | undefined,
  nowMs: number,
  beside: readonly RawBuilder<unknown>[] = [],
): Promise<PageSource> {
  const fields = findingFields(new Date(nowMs));
  const findings = readFilter(filter.findingsQql, findingTable, nowMs, "filter");
  const assets = readFilter(filter.assetQql, assetTable, nowMs, "assetFilter");
  const id = sql`f.id`;
  const { terms } = compileSort(readSort(sort, findingTable), fields, id);
  const isOfTenant = sql<SqlBool>`f.subscription_id = ${db.subscriptionId}`;
  const isFound = sql<SqlBool>`${isOfTenant} AND ${compileQuery(findings, fields)}`;
  const used = [isFound, ...terms.map(({ column }) => column), ...beside];
  const one = { from: sql`finding f ${joinsOf(db.read, { a: ofAsset, ...ofIssue }, used)}`, where: isOfTenant };
  const toBounded = (from: RawBuilder<unknown>) =>
    terms[0]?.atMost ? sql`${from} ${lastLooks(db.subscriptionId)}` : undefined;
  if (db.scope.kind === "all" && assets.kind === "all") {
    const total = findings.kind === "all" ? keptTotal("finding", db.subscriptionId) : undefined;
    return { from: one.from, bounded: toBounded(one.from), where: isFound, total, terms, id, one };
  }
  const isOfAssets = sql<SqlBool>`${isVisible(db)} AND ${compileQuery(assets, assetFields)}`;
  const issues = joinsOf(db.read, ofIssue, used);
  if (await areFewAssets(db.read, isOfAssets, nowMs)) {
    const from = sql`${assetsFirst(isOfAssets)} ${theirFindings} ${issues}`;
    return { from, bounded: toBounded(from), where: isFound, terms, id, one };
  }
  const from = sql`finding f ${ofAsset} ${issues}`;
  return { from, bounded: toBounded(from), where: sql`${isFound} AND ${isOfAssets}`, terms, id, one };
}

/** The tables that conditions and orders of findings are written over; every finding has its asset and its check. */
const ofAsset = sql`JOIN asset a ON a.subscription_id = f.subscription_id AND a.id = f.asset_id`;
const ofIssue = {
  c: sql`JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id`,
  k: sql`LEFT JOIN cve_knowledge k ON k.cve_id = f.cve_id`,
  ...orderTables,
};
const theirFindings = sql`JOIN LATERAL (SELECT * FROM finding f
  WHERE f.subscription_id = a.subscription_id AND f.asset_id = a.id OFFSET 0) f ON true`;

/** The same for assets. */
export function assetSource(
  db: ScopedDb,
  filter: string | undefined,
  sort: string | undefined,
  nowMs: number,
): PageSource {
  const id = sql`a.id`;
  const from = sql`asset a`;
  const query = readFilter(filter, assetTable, nowMs, "filter");
  const { terms } = compileSort(readSort(sort, assetTable), assetFields, id);
  return {
    from,
    where: sql`${isVisible(db)} AND ${compileQuery(query, assetFields)}`,
    total: db.scope.kind === "all" && query.kind === "all" ? keptTotal("asset", db.subscriptionId) : undefined,
    terms,
    id,
    one: { from, where: sql`a.subscription_id = ${db.subscriptionId}` },
  };
}
