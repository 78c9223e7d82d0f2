import type { Transaction } from "kysely";
import type { Clock, ServerModule } from "../../context.ts";
import { lockTags } from "../../db/lock-tags.ts";
import type { Database } from "../../db/pool.ts";
import { tagRoutes } from "./routes.ts";
import { applyRules, retag } from "./rules.ts";
import { ensureTag, moveTag } from "./store.ts";

/**
 * To be called first in a transaction that changes what rules look at, before any asset is locked: it waits for changes of
 * tags, and they wait for it.
 */
export async function holdTags(tx: Transaction<unknown>, subscriptionId: number): Promise<void> {
  await lockTags(tx, subscriptionId, "shared");
}

/**
 * Brings tags and criticality of the given assets up to date, within the transaction that changed them. Call it before
 * scores are computed: they depend on the criticality.
 *
 * @param nowMs what `now` means in a rule
 */
export async function retagAssets(
  tx: Transaction<unknown>,
  subscriptionId: number,
  assetIds: readonly number[],
  nowMs: number,
): Promise<void> {
  if (assetIds.length > 0) await applyRules(tx, subscriptionId, nowMs, assetIds);
}

/**
 * Gives a static tag of the product's own to assets and takes it from others, within the transaction that found out; makes
 * it when it is missing. One that somebody has given a rule is left to the rule.
 */
export async function setOwnTag(
  tx: Transaction<unknown>,
  subscriptionId: number,
  name: string,
  { give, take }: { give: readonly number[]; take: readonly number[] },
  nowMs: number,
): Promise<void> {
  if (give.length + take.length === 0) return;
  const tag = await ensureTag(tx, subscriptionId, name);
  if (tag.rule !== null) return;
  const assetIds = await moveTag(tx, subscriptionId, tag.id, { give, take });
  if (assetIds.length > 0) await retag(tx, subscriptionId, nowMs, { assetIds });
}

export function createTagsModule(context: { db: Database; clock: Clock }): ServerModule {
  return { bindings: tagRoutes({ clock: context.clock }) };
}
