import { AppError } from "@breakwater/contract";
import { sql, type Transaction } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { lockAssetOf, lockScores, lookOnceMore, rescoreAssets } from "../findings/index.ts";

/**
 * Asks for a new test of a finding: it is RETEST until a source that looked later tells of it.
 *
 * @param now epoch ms
 * @throws AppError `not-found`, also for what is outside the scope; `conflict` when it is fixed
 */
export async function retestFinding(db: ScopedDb, now: number, actor: Actor, findingId: string): Promise<void> {
  const id = /^[1-9]\d{0,14}$/.test(findingId) ? Number(findingId) : 0;
  await db.transaction(async (scoped) => {
    const tx = scoped.write as Transaction<unknown>;
    await lockScores(tx, "shared");
    const assetId = await lockAssetOf(scoped, id);
    if (assetId === undefined) throw new AppError("not-found", `there is no finding ${findingId} in your scope`);
    const { numAffectedRows = 0n } = await sql`
      UPDATE finding SET status = 'RETEST', retest_at = to_timestamp(${now}::float8 / 1000)
      WHERE subscription_id = ${db.subscriptionId} AND id = ${id} AND status <> 'FIXED'`.execute(tx);
    if (numAffectedRows === 0n)
      throw new AppError("conflict", `finding ${findingId} is fixed: there is nothing to test again`);
    await lookOnceMore(tx, db.subscriptionId, [assetId]);
    await rescoreAssets(tx, db.subscriptionId, [assetId]);
    await recordChange(tx, actor, { action: "etm.finding.retest", target: findingId });
  });
}
