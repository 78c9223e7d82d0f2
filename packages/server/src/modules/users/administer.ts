import { AppError } from "@breakwater/contract";
import { sql } from "kysely";
import { lockTags } from "../../db/lock-tags.ts";
import type { ScopedDb } from "../../db/scoped.ts";

/**
 * Runs a change of users, roles or business units alone among those of its subscription. What is checked is therefore
 * still so when it is written: who holds what, who is the last Manager, whose e-mail address it is, and which
 * tags stand below which.
 *
 * @throws AppError `not-found`: the subscription was deleted meanwhile
 */
export function administer<T>(db: ScopedDb, work: (tx: ScopedDb) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    const { rows } = await sql`
      SELECT FROM subscription WHERE id = ${tx.subscriptionId} FOR NO KEY UPDATE`.execute(tx.write);
    if (rows.length === 0) throw new AppError("not-found", "the subscription is no more");
    await lockTags(tx.write, tx.subscriptionId, "shared");
    return work(tx);
  });
}
