import { sql } from "kysely";
import type { Caller } from "../../caller.ts";
import type { ScopedDb } from "../../db/scoped.ts";

/** Who acts, and from where: for the audit log. */
export type Actor = { caller: Caller; address: string };

/**
 * Runs a change of users, roles or business units alone among those of its subscription. What is checked is therefore
 * still so when it is written: who holds what, who is the last Manager, whose e-mail address it is.
 */
export function administer<T>(db: ScopedDb, work: (tx: ScopedDb) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await sql`SELECT FROM subscription WHERE id = ${tx.subscriptionId} FOR NO KEY UPDATE`.execute(tx.write);
    return work(tx);
  });
}
