import { AppError, type Page } from "@breakwater/contract";
import { otDetectionTable } from "@breakwater/domain/query/index";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
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

/** @throws AppError `invalid-parameter` */
export async function listAdvisories(db: ScopedDb, search: string, page: Page) {
  if (search.includes("\0")) throw new AppError("invalid-parameter", "search: NUL is not text");
  return await store.listAdvisories(db, search.trim(), page);
}
