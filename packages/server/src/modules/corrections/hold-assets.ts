import { AppError } from "@breakwater/contract";
import { sql, type Transaction } from "kysely";
import type { Clock } from "../../context.ts";
import { lockTags } from "../../db/lock-tags.ts";
import type { Database } from "../../db/pool.ts";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { lockMatching, matchDueHosts } from "../advisories/index.ts";
import { type Actor, type AuditEvent, recordChange } from "../audit/index.ts";
import { lockScores, rescoreAssets, settleDefaultCriticality } from "../findings/index.ts";
import { retagAssets } from "../tags/index.ts";

type Tx = Transaction<unknown>;

export type Parts = { db: Database; clock: Clock };

export type HeldAsset = { id: number; name: string; isOtHost: boolean };

/** What is done to assets: which ones are to be tagged and scored anew, and what the audit log tells. */
export type Change<T> = {
  outcome: T;
  touched: readonly number[];
  event: Pick<AuditEvent, "action" | "target" | "detail">;
};

/**
 * One change of which sources an asset is made of, all or nothing. No import writes in the subscription meanwhile: each
 * holds the tags for its transaction.
 *
 * @param assetIds as callers write them
 * @throws AppError `not-found`, also for what is outside the scope; `conflict` while an import of one is under way
 */
export async function changeAssets<T>(
  scope: ScopedDb,
  { db, clock }: Parts,
  actor: Actor,
  assetIds: readonly string[],
  work: (tx: Tx, assets: readonly HeldAsset[]) => Promise<Change<T>>,
): Promise<T> {
  const { subscriptionId } = scope;
  // Sessions of imports: new findings are copied in.
  return db.imports.transaction().execute(async (tx) => {
    await lockTags(tx, subscriptionId, "alone");
    await lockMatching(tx, subscriptionId);
    await lockScores(tx, "shared");
    const held = await holdAssets(tx, scope, assetIds);
    await assertNoImport(tx, subscriptionId, held);
    const { outcome, touched, event } = await work(tx, held);
    await retagAssets(tx, subscriptionId, touched, clock());
    // Which source saw them first may be another.
    await settleDefaultCriticality(tx, subscriptionId, touched, { isChanged: true });
    await assertStillSeen(tx, scope, touched);
    await rescoreAssets(tx, subscriptionId, touched);
    // What an OT host is may be another, and no import is there to find out what advisories say of it now. Others that
    // wait are left to the import that marked them: their assets are not locked, and may come first in that order.
    await matchDueHosts(tx, subscriptionId, clock(), touched);
    await recordChange(tx, actor, event);
    return outcome;
  });
}

async function holdAssets(tx: Tx, scope: ScopedDb, assetIds: readonly string[]): Promise<HeldAsset[]> {
  const ids = assetIds.map((id) => (/^[1-9]\d{0,14}$/.test(id) ? Number(id) : 0));
  const { rows } = await sql<HeldAsset>`
    SELECT a.id, a.name, EXISTS (SELECT FROM ot_host h WHERE h.subscription_id = a.subscription_id
      AND h.asset_id = a.id) AS "isOtHost"
    FROM asset a WHERE a.subscription_id = ${scope.subscriptionId} AND a.id = ANY (${ids}::bigint[])
      AND ${assetInScope(scope, sql.ref("a.tag_ids"))}
    ORDER BY a.id FOR NO KEY UPDATE OF a`.execute(tx);
  return ids.map((id, index) => {
    const found = rows.find((row) => row.id === id);
    if (!found) throw new AppError("not-found", `there is no asset ${assetIds[index]} in your scope`);
    return found;
  });
}

/** Tags by rule may be others after the change, and with them who sees what. */
async function assertStillSeen(tx: Tx, scope: ScopedDb, ids: readonly number[]): Promise<void> {
  const { rows } = await sql`
    SELECT FROM asset a WHERE a.subscription_id = ${scope.subscriptionId} AND a.id = ANY (${[...ids]}::bigint[])
      AND NOT ${assetInScope(scope, sql.ref("a.tag_ids"))} LIMIT 1`.execute(tx);
  if (rows.length > 0)
    throw new AppError("conflict", "an asset would be outside of your scope then: a wider one is required");
}

async function assertNoImport(tx: Tx, subscriptionId: number, assets: readonly HeldAsset[]): Promise<void> {
  const { rows } = await sql<{ assetId: number }>`
    SELECT asset_id AS "assetId" FROM import_asset WHERE subscription_id = ${subscriptionId}
      AND asset_id = ANY (${assets.map(({ id }) => id)}::bigint[]) LIMIT 1`.execute(tx);
  const [busy] = rows;
  if (busy) throw new AppError("conflict", `an import of asset ${busy.assetId} is under way: wait for its end`);
}
