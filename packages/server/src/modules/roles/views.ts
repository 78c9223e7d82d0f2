import type { RoleRow } from "./store.ts";

export function toRole(row: RoleRow) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    isShipped: row.is_shipped,
    hasUiAccess: row.has_ui_access,
    hasApiAccess: row.has_api_access,
    permissions: row.permissions,
    userCount: row.user_count,
  };
}
