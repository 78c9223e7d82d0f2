import type { Account } from "./accounts.ts";
import { toAllowList } from "./allow-list.ts";

const DAY_MS = 86_400_000;

/**
 * Why a log-in is refused: for the audit log, and nobody else. Only a wrong password of a user who could have come in
 * counts towards the lock-out.
 */
export type Refusal = { reason: string; isCounted?: true };

/**
 * Whether somebody may log in, or change the password. Decided after the password was looked at, from what was read
 * before it: no refusal takes longer than another (platform.md 2.1).
 *
 * @returns undefined: yes
 */
export function judge(
  account: Account | undefined,
  attempt: { isRight: boolean; address: string; nowMs: number; mayBeExpired: boolean },
): Refusal | undefined {
  if (!account) return { reason: "unknown user" };
  if (account.status === "INACTIVE") return { reason: "INACTIVE" };
  if (isLocked(account, attempt.nowMs)) return { reason: "LOCKED" };
  if (!account.has_api_access) return { reason: "no API access" };
  if (account.is_sso_only) return { reason: "SSO only" };
  const allowList = toAllowList(account.allowed_addresses);
  if (allowList && !allowList.has(attempt.address)) return { reason: "address not allowed" };
  if (!attempt.isRight) return { reason: "wrong password", isCounted: true };
  if (isExpired(account, attempt.nowMs) && !attempt.mayBeExpired) return { reason: "password expired" };
  return undefined;
}

function isLocked({ status, locked_until }: Account, nowMs: number): boolean {
  return status === "LOCKED" && (locked_until === null || locked_until.getTime() > nowMs);
}

function isExpired({ password_max_age_days, password_changed_at }: Account, nowMs: number): boolean {
  return password_max_age_days > 0 && password_changed_at.getTime() + password_max_age_days * DAY_MS <= nowMs;
}
