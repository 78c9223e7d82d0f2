import { AppError } from "@breakwater/contract";
import { sql, type Transaction } from "kysely";
import { assetInScope, type ScopedDb } from "../../db/scoped.ts";
import { type Actor, recordChange } from "../audit/index.ts";
import { lockScores, rescoreAssets } from "../findings/index.ts";

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
    const { rows } = await sql<{ assetId: number }>`
      SELECT a.id AS "assetId" FROM asset a WHERE a.subscription_id = ${db.subscriptionId}
        AND ${assetInScope(db, sql.ref("a.tag_ids"))} AND a.id = (
          SELECT f.asset_id FROM finding f WHERE f.subscription_id = ${db.subscriptionId} AND f.id = ${id})
      FOR NO KEY UPDATE`.execute(tx);
    const assetId = rows[0]?.assetId;
    if (assetId === undefined) throw new AppError("not-found", `there is no finding ${findingId} in your scope`);
    const { numAffectedRows = 0n } = await sql`
      UPDATE finding SET status = 'RETEST', retest_at = to_timestamp(${now}::float8 / 1000)
      WHERE subscription_id = ${db.subscriptionId} AND id = ${id} AND status <> 'FIXED'`.execute(tx);
    if (numAffectedRows === 0n)
      throw new AppError("conflict", `finding ${findingId} is fixed: there is nothing to test again`);
    await lookOnceMore(tx, db.subscriptionId, assetId);
    await rescoreAssets(tx, db.subscriptionId, [assetId]);
    await recordChange(tx, actor, { action: "etm.finding.retest", target: findingId });
  });
}

/** A source that shows the asset unchanged passes over its findings otherwise; runs under way too. */
async function lookOnceMore(tx: Transaction<unknown>, subscriptionId: number, assetId: number): Promise<void> {
  await sql`UPDATE asset_source SET has_fresh = true
    WHERE subscription_id = ${subscriptionId} AND asset_id = ${assetId}`.execute(tx);
  await sql`UPDATE import_asset SET has_fresh = true
    WHERE subscription_id = ${subscriptionId} AND asset_id = ${assetId}`.execute(tx);
}
