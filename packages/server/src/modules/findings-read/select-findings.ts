import { assetTable, findingTable } from "@breakwater/domain/query/index";
import { type RawBuilder, type SqlBool, sql } from "kysely";
import { compileQuery } from "../../db/query/index.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { readFilter } from "../../filter.ts";
import { assetFields, findingFields } from "./fields.ts";

/** QQL texts that narrow a set of findings; empty ones match everything. */
export type FindingFilter = { findingsQql: string; assetQql: string };

/**
 * The condition "the finding matches and is in scope", for {@link findingTables}.
 *
 * @param now what `now`, `now-3M` and ages in the queries refer to
 * @throws AppError `invalid-query`
 */
export function matchingFindings(db: ScopedDb, filter: FindingFilter, now: Date): RawBuilder<SqlBool> {
  const findings = readFilter(filter.findingsQql, findingTable, now.getTime(), "findingsQql");
  const assets = readFilter(filter.assetQql, assetTable, now.getTime(), "assetQql");
  return sql<SqlBool>`f.subscription_id = ${db.subscriptionId} AND ${assetInScope(db, sql`a.tag_ids`)}
    AND ${compileQuery(findings, findingFields(now))} AND ${compileQuery(assets, assetFields)}`;
}

/** The tables that conditions and orders of findings are written over: `f` finding, `a` asset, `c` check, `k` what is known of the CVE. */
export const findingTables: RawBuilder<unknown> = sql`finding f
  JOIN asset a ON a.subscription_id = f.subscription_id AND a.id = f.asset_id
  JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
  LEFT JOIN cve_knowledge k ON k.cve_id = f.cve_id`;

/**
 * The same rows as {@link findingTables}, written so that PostgreSQL leaves away the tables that nothing is asked of:
 * every finding has its asset and its check.
 */
export const findingTablesAsNeeded: RawBuilder<unknown> = sql`finding f
  LEFT JOIN asset a ON a.subscription_id = f.subscription_id AND a.id = f.asset_id
  LEFT JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
  LEFT JOIN cve_knowledge k ON k.cve_id = f.cve_id`;
