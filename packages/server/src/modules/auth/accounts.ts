import { type RawBuilder, sql } from "kysely";
import type { Database, SqlHandle } from "../../db/pool.ts";

/** A user as log-in sees it: before anybody is authenticated, so over the unscoped database. */
export type Account = {
  subscription_id: number;
  id: number;
  username: string;
  password_hash: string;
  password_changed_at: Date;
  status: "ACTIVE" | "INACTIVE" | "LOCKED";
  locked_until: Date | null;
  is_sso_only: boolean;
  has_api_access: boolean;
  lockout_threshold: number;
  lockout_minutes: number;
  password_max_age_days: number;
  allowed_addresses: string[];
};

/** The account of that name, whatever its case and subscription, and its subscription's policy. */
export async function findAccount(db: Database, username: string): Promise<Account | undefined> {
  // PostgreSQL's text cannot hold NUL; such a name is nobody's.
  if (username.includes("\0")) return undefined;
  const { rows } = await sql<Account>`
    SELECT u.subscription_id, u.id, u.username, u.password_hash, u.password_changed_at, u.status, u.locked_until,
           u.is_sso_only, r.has_api_access, s.lockout_threshold, s.lockout_minutes, s.password_max_age_days,
           s.allowed_addresses
    FROM app_user u
    JOIN role r ON r.subscription_id = u.subscription_id AND r.id = u.role_id
    JOIN subscription s ON s.id = u.subscription_id
    WHERE lower(u.username) = lower(${username})`.execute(db.read);
  return rows[0];
}

/** Condition on the user row `u`: active, or locked until a time that has come. */
export function isActiveAt(nowMs: number): RawBuilder<boolean> {
  return sql<boolean>`(u.status = 'ACTIVE' OR (u.status = 'LOCKED' AND u.locked_until <= ${new Date(nowMs)}))`;
}

/**
 * Counts a wrong password, in the user's row so that all nodes and restarts count together; at the policy's threshold
 * the user is locked. A lock that is over counts from one again.
 *
 * @param account undefined: no row changes, at the same cost
 * @returns whether this one locked the user
 */
export async function countFailure(tx: SqlHandle, account: Account | undefined, nowMs: number): Promise<boolean> {
  const { lockout_threshold: threshold = 0, lockout_minutes: minutes = 0 } = account ?? {};
  const lockedUntil = minutes > 0 ? new Date(nowMs + minutes * 60_000) : null;
  const failures = sql`CASE u.status WHEN 'ACTIVE' THEN least(u.failed_logins, 1000000) + 1 ELSE 1 END`;
  const isLocked = sql`${threshold}::integer BETWEEN 1 AND ${failures}`;
  const { rows } = await sql<{ status: string }>`
    UPDATE app_user u
    SET failed_logins = ${failures}, status = CASE WHEN ${isLocked} THEN 'LOCKED' ELSE 'ACTIVE' END,
        locked_until = CASE WHEN ${isLocked} THEN ${lockedUntil}::timestamptz END
    WHERE u.subscription_id = ${account?.subscription_id ?? 0} AND u.id = ${account?.id ?? 0} AND ${isActiveAt(nowMs)}
    RETURNING u.status`.execute(tx);
  return rows[0]?.status === "LOCKED";
}

/**
 * Notes a log-in, which ends a lock that is over and forgets the failures.
 *
 * @returns generation of the user's tokens; undefined when the account is no longer as it was looked at
 */
export async function noteLogin(tx: SqlHandle, account: Account, nowMs: number): Promise<number | undefined> {
  const { rows } = await sql<{ token_generation: number }>`
    UPDATE app_user u
    SET status = 'ACTIVE', failed_logins = 0, locked_until = NULL, last_login_at = ${new Date(nowMs)}
    WHERE u.subscription_id = ${account.subscription_id} AND u.id = ${account.id} AND ${isActiveAt(nowMs)}
      AND u.password_hash = ${account.password_hash}
    RETURNING u.token_generation`.execute(tx);
  return rows[0]?.token_generation;
}

/** Sets the user's own new password and ends all tokens; false when the account is no longer as it was looked at. */
export async function replacePassword(
  tx: SqlHandle,
  account: Account,
  passwordHash: string,
  nowMs: number,
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE app_user u
    SET status = 'ACTIVE', failed_logins = 0, locked_until = NULL, password_hash = ${passwordHash},
        password_changed_at = ${new Date(nowMs)}, token_generation = token_generation + 1
    WHERE u.subscription_id = ${account.subscription_id} AND u.id = ${account.id} AND ${isActiveAt(nowMs)}
      AND u.password_hash = ${account.password_hash}
    RETURNING u.id`.execute(tx);
  return rows.length > 0;
}
