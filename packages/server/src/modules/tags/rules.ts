import { AppError } from "@breakwater/contract";
import { assetTable, parseQuery, type Query } from "@breakwater/domain/query/index";
import type { Transaction } from "kysely";
import { lockTags } from "../../db/lock-tags.ts";
import { compileQuery } from "../../db/query/index.ts";
import { readFilter } from "../../filter.ts";
import { followRules } from "../findings/index.ts";
import { assetFields } from "../findings-read/index.ts";
import {
  type CompiledRule,
  countParameters,
  listTagRules,
  MAX_RULE_PARAMETERS,
  pageAssetIds,
  writeTags,
} from "./store.ts";

type Runner = Parameters<typeof writeTags>[0];

/** What tags decide, directly or through the criticality: a rule that asked for it would depend on its own outcome. */
const DECIDED_BY_TAGS: ReadonlySet<string> = new Set([
  ...["asset.tag.name", "asset.criticalityScore", "asset.riskScore", "asset.riskBand"],
]);

/**
 * A rule as it may be stored.
 *
 * @throws AppError `invalid-query`
 */
export function assertRule(db: Runner, rule: string, nowMs: number): void {
  const query = readFilter(rule, assetTable, nowMs, "rule");
  const token = findDecided(query);
  if (token) throw new AppError("invalid-query", `rule: ${token} follows from the tags, so no rule may ask for it`);
  assertFitsStatement(db, compileQuery(query, assetFields));
}

function findDecided(query: Query): string | undefined {
  switch (query.kind) {
    case "all":
      return undefined;
    case "condition":
      return DECIDED_BY_TAGS.has(query.token.field) ? query.token.field : undefined;
    case "not":
    case "element":
      return findDecided(query.item);
    default:
      return query.items.map(findDecided).find((found) => found !== undefined);
  }
}

/**
 * Queries as long as they may be take some 26,000 values today; this keeps it so that one rule always fits a statement.
 *
 * @throws AppError `invalid-query`
 */
export function assertFitsStatement(db: Runner, matches: CompiledRule["matches"]): void {
  const values = countParameters(db, matches);
  if (values <= MAX_RULE_PARAMETERS) return;
  throw new AppError(
    "invalid-query",
    `rule: it has ${values} values to look for, but at most ${MAX_RULE_PARAMETERS} are allowed; make several tags of it`,
  );
}

/**
 * Brings the rule-based tags of assets that changed, and with them their criticality, up to date. Without rules there is
 * nothing that could have changed.
 */
export async function applyRules(
  tx: Runner,
  subscriptionId: number,
  nowMs: number,
  assetIds: readonly number[],
): Promise<void> {
  await lockTags(tx, subscriptionId, "shared");
  const rules = await readRules(tx, subscriptionId, nowMs);
  if (rules.length > 0) await writeTags(tx, subscriptionId, rules, assetIds);
}

/**
 * Brings tags, criticality and scores up to date after a change of tags, page by page: of the given assets, of those that
 * carry a tag, or of all.
 */
export async function retag(
  tx: Transaction<unknown>,
  subscriptionId: number,
  nowMs: number,
  which: { assetIds: readonly number[] } | { tagId?: number },
): Promise<void> {
  const rules = await readRules(tx, subscriptionId, nowMs);
  const pages = "assetIds" in which ? [which.assetIds] : pageAssetIds(tx, subscriptionId, which.tagId);
  for await (const assetIds of pages) {
    const written = await writeTags(tx, subscriptionId, rules, assetIds);
    await followRules(tx, subscriptionId, { written, looked: assetIds });
  }
}

async function readRules(tx: Runner, subscriptionId: number, nowMs: number): Promise<CompiledRule[]> {
  const rules = await listTagRules(tx, subscriptionId);
  return rules.flatMap(({ id, rule }): CompiledRule[] => {
    // A stored rule was checked when it was made; one that a later release reads no more matches nothing.
    const parsed = parseQuery(rule, assetTable, new Date(nowMs));
    return parsed.ok ? [{ tagId: id, matches: compileQuery(parsed.query, assetFields) }] : [];
  });
}
