import type { Transaction } from "kysely";
import type { Clock, ServerModule } from "../../context.ts";
import type { Database } from "../../db/pool.ts";
import { tagRoutes } from "./routes.ts";
import { applyRules } from "./rules.ts";
import { lockTags } from "./store.ts";

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

export function createTagsModule(context: { db: Database; clock: Clock }): ServerModule {
  return { bindings: tagRoutes({ audit: context.db, clock: context.clock }) };
}
