import type { UserRow } from "./store.ts";

export function toUser(row: UserRow) {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    fullName: row.full_name,
    role: row.role,
    status: row.status,
    hasFullScope: row.has_full_scope,
    scopeTags: row.scope_tags,
    businessUnit: row.business_unit,
    ssoOnly: row.is_sso_only,
    created: row.created_at.toISOString(),
    lastLogin: row.last_login_at?.toISOString() ?? null,
  };
}
