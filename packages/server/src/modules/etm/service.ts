import {
  AppError,
  type etmAssetList,
  type etmFindingCount,
  type etmFindingList,
  type etmFindingStats,
  type QueryOf,
  toEtmPage,
} from "@breakwater/contract";
import { detectionScore, type MatchedRule } from "@breakwater/domain/risk/index";
import { countRows, type PageChoice, type PageSource, readPage, readRows } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { findAcceptance, toRiskAcceptance } from "../acceptances/index.ts";
import { matchScoreRules } from "../findings/index.ts";
import { readFindings } from "../findings-read/index.ts";
import { type AssetRow, assetsAsJson, readAssets } from "./asset-store.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { type AssetExplanation, explainAsset } from "./explain-asset.ts";
import { explainIdentity, type FindingIdentity } from "./explain-finding.ts";
import {
  countByGroup,
  type FindingGrounds,
  type FindingGroup,
  GROUPINGS,
  type Grouping,
  partsOf,
  readGrounds,
} from "./finding-store.ts";
import { assetSource, findingSource } from "./sources.ts";

type FindingListQuery = QueryOf<typeof etmFindingList>;

/** What a page tells beside its records: the total, and where the next page begins while there may be one. */
type Turned = { count: number; nextCursor: string | null };
export type PageOf<T> = Turned & { records: T[] };
/** The records as one JSON array. */
export type JsonPage = Turned & { json: Buffer };

/** @throws AppError `invalid-query`, `invalid-sort`, `invalid-parameter` (cursor) */
export async function listFindings(db: ScopedDb, query: FindingListQuery, nowMs: number): Promise<JsonPage> {
  const filter = toFilter(query);
  const source = await findingSource(db, filter, query.sort, nowMs);
  const list = ["findings", filter, query.sort];
  const { count, nextCursor, ...page } = await turnPage(db, source, list, query);
  const json = await readRows(db.read, ["findings", db.subscriptionId], page, (ids) =>
    readFindings(db.read, db.subscriptionId, ids),
  );
  return { json, count, nextCursor };
}

/** @throws AppError `invalid-query` */
export async function countFindings(
  db: ScopedDb,
  query: QueryOf<typeof etmFindingCount>,
  nowMs: number,
): Promise<number> {
  return countRows(db.read, await findingSource(db, toFilter(query), undefined, nowMs));
}

/** @throws AppError `invalid-query` */
export async function countFindingGroups(
  db: ScopedDb,
  query: QueryOf<typeof etmFindingStats>,
  nowMs: number,
): Promise<{ groups: FindingGroup[]; count: number }> {
  const grouping = GROUPINGS[query.groupBy] as Grouping;
  const source = await findingSource(db, toFilter(query), undefined, nowMs, partsOf(grouping));
  return countByGroup(db, source, grouping, query.limit ?? 50);
}

/**
 * A finding's JSON with its explanation, and the acceptance of its risk that is in force.
 *
 * @throws AppError `not-found`, also for what is outside the scope
 */
export async function getFinding(db: ScopedDb, findingId: string, nowMs: number): Promise<string> {
  const id = toId(findingId);
  const grounds = id === undefined ? undefined : await readGrounds(db, id);
  const found = id !== undefined && grounds ? await readFindings(db.read, db.subscriptionId, [id]) : undefined;
  const json = found?.value.toString().slice(1, -1);
  if (!json || !grounds) throw new AppError("not-found", `there is no finding ${findingId} in your scope`);
  const acceptance = await findAcceptance(db, id!, new Date(nowMs));
  const rules = await matchScoreRules(db.read, db.subscriptionId, id!);
  const { records, ...identity } = await explainIdentity(db, { id: id!, ...grounds });
  const explanation = explain(grounds, rules, identity, records);
  const members = { riskAcceptance: acceptance ? toRiskAcceptance(acceptance) : null, explanation };
  return `${json.slice(0, -1)},${JSON.stringify(members).slice(1)}`;
}

/** @throws AppError `invalid-query`, `invalid-sort`, `invalid-parameter` (cursor) */
export async function listAssets(db: ScopedDb, query: QueryOf<typeof etmAssetList>, nowMs: number): Promise<JsonPage> {
  const source = assetSource(db, query.filter, query.sort, nowMs);
  const list = ["assets", query.filter, query.sort];
  const { count, nextCursor, ...page } = await turnPage(db, source, list, query);
  const json = await readRows(db.read, ["assets", db.subscriptionId, db.scope], page, (ids) => assetsAsJson(db, ids));
  return { json, count, nextCursor };
}

/** @throws AppError `invalid-query` */
export async function countAssets(db: ScopedDb, filter: string | undefined, nowMs: number): Promise<number> {
  return countRows(db.read, assetSource(db, filter, undefined, nowMs));
}

/**
 * An asset, and why it is one.
 *
 * @throws AppError `not-found`, also for what is outside the scope
 */
export async function getAsset(db: ScopedDb, assetId: string): Promise<AssetRow & { explanation: AssetExplanation }> {
  const id = toId(assetId);
  const [asset] = id === undefined ? [] : await readAssets(db, [id]);
  if (!asset) throw new AppError("not-found", `there is no asset ${assetId} in your scope`);
  return { ...asset, explanation: await explainAsset(db, id!) };
}

type PageQuery = { pageNumber?: number; pageSize?: number; cursor?: string };

/**
 * The keys of a page's rows, by number or cursor, with the version at which they were read, the total, and where the next
 * page begins.
 *
 * @param list what a cursor is good for: the kind of list, its filter and order
 * @throws AppError `invalid-parameter` (cursor)
 */
export async function turnPage(db: ScopedDb, source: PageSource, list: readonly unknown[], query: PageQuery) {
  const { pageNumber, pageSize } = toEtmPage(query);
  // Clients that have no cursor send an empty one.
  const choice: PageChoice = query.cursor
    ? { after: readCursor(list, query.cursor, source.terms), pageSize }
    : { pageNumber, pageSize };
  const { ids, count, last, version } = await readPage<number>(db.read, source, choice);
  return { ids, count, version, nextCursor: last && writeCursor(list, last) };
}

function toFilter(query: { filter?: string; assetFilter?: string }) {
  return { findingsQql: query.filter ?? "", assetQql: query.assetFilter ?? "" };
}

/** Ids as they are shown: whole numbers that PostgreSQL and JavaScript both hold exactly. */
function toId(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}

function explain(
  grounds: FindingGrounds,
  rules: readonly MatchedRule[],
  identity: Omit<FindingIdentity, "records">,
  records: FindingIdentity["records"],
) {
  const { fingerprint, port, protocol, instance, asset } = grounds;
  const location = [port === null ? protocol : `${protocol ?? "port"} ${port}`, instance];
  return {
    score: detectionScore({ ...grounds, rules }).reasons,
    identity: {
      fingerprint,
      ...identity,
      location: location.filter((part) => part !== null).join(", ") || "the asset itself",
    },
    records,
    asset,
  };
}
