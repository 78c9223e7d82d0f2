import { AppError, type adminTagCreate, type BodyOf } from "@breakwater/contract";
import { assetTable, parseQuery } from "@breakwater/domain/query/index";
import type { Transaction } from "kysely";
import type { Caller } from "../../caller.ts";
import type { Clock } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { compileQuery } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { readFilter } from "../../filter.ts";
import { recordAudit } from "../audit/index.ts";
import { rescoreAssets } from "../findings/index.ts";
import { assetFields } from "../findings-read/index.ts";
import { assertVisibleName } from "../users/index.ts";
import {
  addTagToAssets,
  type CompiledRule,
  countParameters,
  findTagId,
  insertTag,
  listTagRules,
  listTags,
  MAX_RULE_PARAMETERS,
  type TagRow,
  writeTags,
} from "./store.ts";

type NewTagBody = BodyOf<typeof adminTagCreate>;
type Parts = { audit: Database; clock: Clock };

/**
 * Makes a tag, gives it to the assets it is for, and brings their criticality and scores up to date, all or nothing.
 *
 * @throws AppError `invalid-query` (rule), `invalid-parameter` (name, parent, rule with assetIds), `conflict` (name taken)
 */
export async function createTag(
  db: ScopedDb,
  parts: Parts,
  actor: { caller: Caller; address: string },
  body: NewTagBody,
): Promise<TagRow> {
  assertVisibleName(body.name, "name");
  if (body.rule !== undefined) {
    if (body.assetIds)
      throw new AppError("invalid-parameter", "rule and assetIds exclude each other: a rule finds its assets itself");
    const query = readFilter(body.rule, assetTable, parts.clock(), "rule");
    assertFitsStatement(db.write, compileQuery(query, assetFields));
  }
  const tag = await db.transaction(async (tx) => {
    const parentId = body.parent === undefined ? null : await findTagId(tx, body.parent);
    if (parentId === undefined)
      throw new AppError("invalid-parameter", `parent: there is no tag ${JSON.stringify(body.parent)}`);
    const { name, criticality = null, rule = null } = body;
    const id = await insertTag(tx, { name, parentId, criticality, rule });
    if (id === undefined) throw new AppError("conflict", `there is a tag ${JSON.stringify(name)} already`);
    const given = body.assetIds ? await addTagToAssets(tx, id, body.assetIds) : undefined;
    if (rule !== null || given) {
      const rules = await readRules(tx.write, db.subscriptionId, parts.clock());
      const changed = await writeTags(tx.write, db.subscriptionId, rules, given);
      await rescoreAssets(tx.write as Transaction<unknown>, db.subscriptionId, changed);
    }
    const [row] = await listTags(tx, id);
    return row as TagRow;
  });
  await recordAudit(parts.audit, {
    subscriptionId: actor.caller.subscriptionId,
    actor: actor.caller.username,
    action: "admin.tag.create",
    target: body.name,
    address: actor.address,
    result: "success",
  });
  return tag;
}

/**
 * Queries as long as they may be take some 26,000 values today; this keeps it so that one rule always fits a statement.
 *
 * @throws AppError `invalid-query`
 */
export function assertFitsStatement(db: Parameters<typeof countParameters>[0], matches: CompiledRule["matches"]): void {
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
  tx: Parameters<typeof writeTags>[0],
  subscriptionId: number,
  nowMs: number,
  assetIds: readonly number[],
): Promise<void> {
  const rules = await readRules(tx, subscriptionId, nowMs);
  if (rules.length > 0) await writeTags(tx, subscriptionId, rules, assetIds);
}

async function readRules(
  tx: Parameters<typeof writeTags>[0],
  subscriptionId: number,
  nowMs: number,
): Promise<CompiledRule[]> {
  const rules = await listTagRules(tx, subscriptionId);
  return rules.flatMap(({ id, rule }): CompiledRule[] => {
    // A stored rule was checked when it was made; one that a later release reads no more matches nothing.
    const parsed = parseQuery(rule, assetTable, new Date(nowMs));
    return parsed.ok ? [{ tagId: id, matches: compileQuery(parsed.query, assetFields) }] : [];
  });
}
