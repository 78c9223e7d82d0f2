import { sql } from "kysely";
import type { Caller } from "../../caller.ts";
import type { Database } from "../../db/pool.ts";

/** A user as log-in sees it: before anybody is authenticated, so over the unscoped database. */
export type Account = { subscription_id: number; id: number; username: string; password_hash: string; status: string };

/** The account of that name, whatever its case and subscription. */
export async function findAccount(db: Database, username: string): Promise<Account | undefined> {
  // PostgreSQL's text cannot hold NUL; such a name is nobody's.
  if (username.includes("\0")) return undefined;
  const { rows } = await sql<Account>`
    SELECT subscription_id, id, username, password_hash, status FROM app_user
    WHERE lower(username) = lower(${username})`.execute(db.read);
  return rows[0];
}

export async function writeLastLogin(db: Database, caller: Caller, userId: number): Promise<void> {
  await sql`
    UPDATE app_user SET last_login_at = now()
    WHERE subscription_id = ${caller.subscriptionId} AND id = ${userId}`.execute(db.write);
}
