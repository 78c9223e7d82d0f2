import { AppError, type Page } from "@breakwater/contract";
import { otHostTable } from "@breakwater/domain/query/index";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import * as store from "./host-list-store.ts";

export type HostQuery = { filter?: string; sort?: string };

/**
 * A page of hosts as JSON, and the total.
 *
 * @throws AppError `invalid-query`, `invalid-sort`
 */
export async function listHosts(
  db: ScopedDb,
  query: HostQuery,
  page: Page,
  nowMs: number,
): Promise<{ json: string; count: number }> {
  const filter = readFilter(query.filter ?? "", otHostTable, nowMs, "filter");
  return await store.listHosts(db, filter, readSort(query.sort ?? "", otHostTable), page);
}

/** @throws AppError `invalid-query` */
export async function countHosts(db: ScopedDb, query: HostQuery, nowMs: number): Promise<number> {
  return await store.countHosts(db, readFilter(query.filter ?? "", otHostTable, nowMs, "filter"));
}

/**
 * One host as JSON.
 *
 * @throws AppError `not-found`
 */
export async function readHost(db: ScopedDb, hostId: string): Promise<string> {
  const json = /^[1-9]\d{0,15}$/.test(hostId) ? await store.findHost(db, Number(hostId)) : undefined;
  if (json === undefined) throw new AppError("not-found", `there is no host ${JSON.stringify(hostId)}`);
  return json;
}
