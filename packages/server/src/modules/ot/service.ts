import { AppError, type Page } from "@breakwater/contract";
import { otHostTable } from "@breakwater/domain/query/index";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter, readSort } from "../../filter.ts";
import { readHostEvidence } from "./host-evidence.ts";
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
): Promise<{ json: Buffer; count: number }> {
  const filter = readFilter(query.filter ?? "", otHostTable, nowMs, "filter");
  return await store.listHosts(db, filter, readSort(query.sort ?? "", otHostTable), page, nowMs);
}

/** @throws AppError `invalid-query` */
export async function countHosts(db: ScopedDb, query: HostQuery, nowMs: number): Promise<number> {
  return await store.countHosts(db, readFilter(query.filter ?? "", otHostTable, nowMs, "filter"), nowMs);
}

/**
 * One host as JSON, with its evidence.
 *
 * @throws AppError `not-found`
 */
export async function readHost(db: ScopedDb, hostId: string): Promise<string> {
  const assetId = Number(hostId);
  const json = /^[1-9]\d{0,15}$/.test(hostId) ? await store.findHost(db, assetId) : undefined;
  if (json === undefined) throw new AppError("not-found", `there is no host ${JSON.stringify(hostId)}`);
  const evidence = JSON.stringify(await readHostEvidence(db, assetId));
  return `${json.slice(0, -1)},${evidence.slice(1)}`;
}
