import type { SubscriptionRow } from "./store.ts";

export function toSubscription(row: SubscriptionRow) {
  return {
    id: row.id,
    name: row.name,
    isOperator: row.is_operator,
    serviceLevel: row.service_level,
    lockoutThreshold: row.lockout_threshold,
    lockoutMinutes: row.lockout_minutes,
    passwordMaxAgeDays: row.password_max_age_days,
    ipAllowList: row.allowed_addresses,
    userCount: row.user_count,
    created: row.created_at.toISOString(),
  };
}
