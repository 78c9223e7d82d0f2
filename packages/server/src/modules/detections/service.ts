import { AppError, type otAdvisoryList, type Page, type QueryOf } from "@breakwater/contract";
import { otAdvisoryTable, otDetectionTable } from "@breakwater/domain/query/index";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import * as advisories from "./advisory-list-store.ts";
import * as store from "./store.ts";

export type DetectionQuery = { filter?: string; sort?: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A page of detections as JSON, and the total.
 *
 * @throws AppError `invalid-query`, `invalid-sort`
 */
export async function listDetections(db: ScopedDb, query: DetectionQuery, page: Page, nowMs: number) {
  const filter = readFilter(query.filter, otDetectionTable, nowMs, "filter");
  return await store.listDetections(db, filter, readSort(query.sort, otDetectionTable), page, nowMs);
}

/** @throws AppError `invalid-query` */
export async function countDetections(db: ScopedDb, query: DetectionQuery, nowMs: number): Promise<number> {
  return await store.countDetections(db, readFilter(query.filter, otDetectionTable, nowMs, "filter"), nowMs);
}

/** @throws AppError `not-found`, also outside of the scope */
export async function getDetection(db: ScopedDb, uuid: string): Promise<string> {
  const json = UUID.test(uuid) ? await store.findDetection(db, uuid) : undefined;
  if (json === undefined) throw new AppError("not-found", "there is no such detection");
  return json;
}

/**
 * A page of advisories, the last updated first unless asked otherwise, and the total.
 *
 * @throws AppError `invalid-query`, `invalid-sort`, `invalid-parameter`
 */
export async function listAdvisories(
  db: ScopedDb,
  { search = "", filter, sort }: QueryOf<typeof otAdvisoryList>,
  page: Page,
  nowMs: number,
) {
  if (search.includes("\0")) throw new AppError("invalid-parameter", "search: NUL is not text");
  const asked = { search: search.trim(), query: readFilter(filter, otAdvisoryTable, nowMs, "filter") };
  return await advisories.listAdvisories(db, asked, readSort(sort, otAdvisoryTable), page);
}
