import { sql, type Transaction } from "kysely";
import { lockTags } from "../../db/lock-tags.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { lockScores, requestScoreWalk, settleDefaultCriticality } from "../findings/index.ts";
import type { ConnectionRow, ConnectionSettings } from "./connection-store.ts";

/** Assets looked at by one statement. */
const PAGE_ASSETS = 5_000;

/** Held while a connection gets another standing: first in its transaction, so that no import is scored by half of it. */
export async function holdStanding(tx: ScopedDb): Promise<void> {
  await lockTags(tx.write, tx.subscriptionId, "alone");
  await lockScores(tx.write as Transaction<unknown>, "alone");
}

/**
 * Has assets and findings follow a connection's standing. Its name decides between equals, and risk rules may ask for it:
 * then, as for its rank, all assets are gone through by the walk of the scores. Criticality is brought up to date at once.
 *
 * @returns whether a walk is to be done
 */
export async function followStanding(tx: ScopedDb, before: ConnectionSettings, next: ConnectionRow): Promise<boolean> {
  const isCriticality = before.default_criticality !== next.default_criticality;
  if (before.name === next.name && before.trust_rank === next.trust_rank && !isCriticality) return false;
  const handle = tx.write as Transaction<unknown>;
  // Before any asset: a walk that is under way holds its row, then assets.
  await requestScoreWalk(handle, tx.subscriptionId, { isOfWeights: true });
  if (isCriticality || before.name !== next.name) await settleSeen(handle, tx.subscriptionId, next.id);
  return true;
}

/** Meanwhile nobody scores anything, so only assets that the connection saw are looked at, and those locked that change. */
async function settleSeen(tx: Transaction<unknown>, subscriptionId: number, connectionId: number): Promise<void> {
  for (let last = 0; ; ) {
    const { rows } = await sql<{ id: number }>`
      SELECT asset_id AS id FROM asset_source WHERE subscription_id = ${subscriptionId}
        AND connection_id = ${connectionId} AND asset_id > ${last} ORDER BY asset_id LIMIT ${PAGE_ASSETS}`.execute(tx);
    const ids = rows.map(({ id }) => id);
    await settleDefaultCriticality(tx, subscriptionId, ids, { isChanged: true });
    if (ids.length < PAGE_ASSETS) return;
    last = ids.at(-1)!;
  }
}
