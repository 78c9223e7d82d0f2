import {
  AppError,
  type etmAssetList,
  type etmFindingCount,
  type etmFindingList,
  type etmFindingStats,
  type QueryOf,
  toEtmPage,
} from "@breakwater/contract";
import { detectionScore } from "@breakwater/domain/risk/index";
import type { ScopedDb } from "../../db/scoped.ts";
import { findAcceptance, toRiskAcceptance } from "../acceptances/index.ts";
import { jsonFormat, readFindings } from "../findings-read/index.ts";
import { type AssetRow, readAssets } from "./asset-store.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { countByGroup, type FindingGrounds, type FindingGroup, readGrounds } from "./finding-store.ts";
import { countRows, type PageChoice, type PageSource, readPage } from "./page-store.ts";
import { assetSource, findingSource } from "./sources.ts";

type FindingListQuery = QueryOf<typeof etmFindingList>;

/** A page: records as JSON texts or rows, the total, and where the next page begins while there may be one. */
export type PageOf<T> = { records: T[]; count: number; nextCursor: string | null };

/** @throws AppError `invalid-query`, `invalid-sort`, `invalid-parameter` (cursor) */
export async function listFindings(db: ScopedDb, query: FindingListQuery, nowMs: number): Promise<PageOf<string>> {
  const filter = toFilter(query);
  const source = findingSource(db, filter, query.sort, nowMs);
  const list = ["findings", filter, query.sort];
  const { ids, count, nextCursor } = await turnPage(db, source, list, query);
  return { records: await readFindings(db.read, db.subscriptionId, ids, jsonFormat), count, nextCursor };
}

/** @throws AppError `invalid-query` */
export function countFindings(db: ScopedDb, query: QueryOf<typeof etmFindingCount>, nowMs: number): Promise<number> {
  return countRows(db, findingSource(db, toFilter(query), undefined, nowMs));
}

/** @throws AppError `invalid-query` */
export function countFindingGroups(
  db: ScopedDb,
  query: QueryOf<typeof etmFindingStats>,
  nowMs: number,
): Promise<{ groups: FindingGroup[]; count: number }> {
  const { where } = findingSource(db, toFilter(query), undefined, nowMs);
  return countByGroup(db, where, query.groupBy, query.limit ?? 50);
}

/**
 * A finding's JSON with its explanation, and the acceptance of its risk that is in force.
 *
 * @throws AppError `not-found`, also for what is outside the scope
 */
export async function getFinding(db: ScopedDb, findingId: string, nowMs: number): Promise<string> {
  const id = toId(findingId);
  const grounds = id === undefined ? undefined : await readGrounds(db, id);
  const [json] = id !== undefined && grounds ? await readFindings(db.read, db.subscriptionId, [id], jsonFormat) : [];
  if (!json || !grounds) throw new AppError("not-found", `there is no finding ${findingId} in your scope`);
  const acceptance = await findAcceptance(db, id!, new Date(nowMs));
  const members = { riskAcceptance: acceptance ? toRiskAcceptance(acceptance) : null, explanation: explain(grounds) };
  return `${json.slice(0, -1)},${JSON.stringify(members).slice(1)}`;
}

/** @throws AppError `invalid-query`, `invalid-sort`, `invalid-parameter` (cursor) */
export async function listAssets(
  db: ScopedDb,
  query: QueryOf<typeof etmAssetList>,
  nowMs: number,
): Promise<PageOf<AssetRow>> {
  const source = assetSource(db, query.filter, query.sort, nowMs);
  const { ids, count, nextCursor } = await turnPage(db, source, ["assets", query.filter, query.sort], query);
  return { records: await readAssets(db, ids), count, nextCursor };
}

/** @throws AppError `invalid-query` */
export function countAssets(db: ScopedDb, filter: string | undefined, nowMs: number): Promise<number> {
  return countRows(db, assetSource(db, filter, undefined, nowMs));
}

/** @throws AppError `not-found`, also for what is outside the scope */
export async function getAsset(db: ScopedDb, assetId: string): Promise<AssetRow> {
  const id = toId(assetId);
  const [asset] = id === undefined ? [] : await readAssets(db, [id]);
  if (!asset) throw new AppError("not-found", `there is no asset ${assetId} in your scope`);
  return asset;
}

type PageQuery = { pageNumber?: number; pageSize?: number; cursor?: string };

async function turnPage(db: ScopedDb, source: PageSource, list: readonly unknown[], query: PageQuery) {
  const { pageNumber, pageSize } = toEtmPage(query);
  const choice: PageChoice =
    query.cursor === undefined
      ? { pageNumber, pageSize }
      : { after: readCursor(list, query.cursor, source.terms.length), pageSize };
  const { ids, count, last } = await readPage(db, source, choice);
  return { ids, count, nextCursor: last && writeCursor(list, last) };
}

function toFilter(query: { filter?: string; assetFilter?: string }) {
  return { findingsQql: query.filter ?? "", assetQql: query.assetFilter ?? "" };
}

/** Ids as they are shown: whole numbers that PostgreSQL and JavaScript both hold exactly. */
function toId(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

function explain(grounds: FindingGrounds) {
  const { fingerprint, product, vendorId, cveId, port, protocol, instance, asset } = grounds;
  const location = [port === null ? protocol : `${protocol ?? "port"} ${port}`, instance];
  return {
    score: detectionScore(grounds).reasons,
    identity: {
      fingerprint,
      issue: cveId ?? `${product} ${vendorId}`,
      location: location.filter((part) => part !== null).join(", ") || "the asset itself",
    },
    asset,
  };
}
