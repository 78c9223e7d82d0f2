import { assetTable, findingTable } from "@breakwater/domain/query/index";
import { sql } from "kysely";
import { compileQuery, compileSort } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import {
  assetFields,
  type FindingFilter,
  findingFields,
  findingTablesAsNeeded,
  matchingFindings,
} from "../findings-read/index.ts";
import { isVisible } from "./asset-store.ts";
import type { PageSource } from "./page-store.ts";

/**
 * The findings that match, in the order asked for.
 *
 * @throws AppError `invalid-query`, `invalid-sort`
 */
export function findingSource(
  db: ScopedDb,
  filter: FindingFilter,
  sort: string | undefined,
  nowMs: number,
): PageSource {
  const now = new Date(nowMs);
  const id = sql`f.id`;
  const { terms } = compileSort(readSort(sort, findingTable), findingFields(now), id);
  return { from: findingTablesAsNeeded, where: matchingFindings(db, filter, now), terms, id };
}

/** The same for assets. */
export function assetSource(
  db: ScopedDb,
  filter: string | undefined,
  sort: string | undefined,
  nowMs: number,
): PageSource {
  const id = sql`a.id`;
  const query = readFilter(filter, assetTable, nowMs, "filter");
  const { terms } = compileSort(readSort(sort, assetTable), assetFields, id);
  return { from: sql`asset a`, where: sql`${isVisible(db)} AND ${compileQuery(query, assetFields)}`, terms, id };
}
