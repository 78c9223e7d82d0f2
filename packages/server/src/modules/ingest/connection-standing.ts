import { sql, type Transaction } from "kysely";
import { lockTags } from "../../db/lock-tags.ts";
import type { ScopedDb } from "../../db/scoped.ts";
import { lockScores, requestScoreWalk, settleDefaultCriticality } from "../findings/index.ts";
import type { ConnectionSettings } from "./connection-store.ts";

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
export async function followStanding(
  tx: ScopedDb,
  before: ConnectionSettings,
  next: ConnectionSettings,
): Promise<boolean> {
  const isCriticality = before.default_criticality !== next.default_criticality;
  if (before.name === next.name && before.trust_rank === next.trust_rank && !isCriticality) return false;
  const handle = tx.write as Transaction<unknown>;
  if (isCriticality || before.name !== next.name) await settleAll(handle, tx.subscriptionId);
  await requestScoreWalk(handle, tx.subscriptionId, { isOfWeights: true });
  return true;
}

async function settleAll(tx: Transaction<unknown>, subscriptionId: number): Promise<void> {
  for (let last = 0; ; ) {
    const { rows } = await sql<{ id: number }>`
      SELECT id FROM asset WHERE subscription_id = ${subscriptionId} AND id > ${last} ORDER BY id LIMIT ${PAGE_ASSETS}`.execute(
      tx,
    );
    const ids = rows.map(({ id }) => id);
    await settleDefaultCriticality(tx, subscriptionId, ids, { isChanged: true });
    if (ids.length < PAGE_ASSETS) return;
    last = ids.at(-1)!;
  }
}
