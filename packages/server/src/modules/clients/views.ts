import { toModulePermissions } from "../auth/index.ts";
import type { ClientRow } from "./store.ts";

export function toApiClient(row: ClientRow, nowMs: number) {
  return {
    clientId: row.id,
    name: row.name,
    kind: row.owner === null ? "subscription" : "user",
    user: row.owner,
    modules: row.modules,
    permissions: toModulePermissions(row.permissions, row.modules),
    hasFullScope: row.has_full_scope,
    scopeTags: row.scope_tags,
    status: toStatus(row, nowMs),
    created: row.created_at.toISOString(),
    createdBy: row.created_by,
    expires: row.expires_at?.toISOString() ?? null,
    revoked: row.revoked_at?.toISOString() ?? null,
    lastUsed: row.last_used_at?.toISOString() ?? null,
  };
}

function toStatus({ revoked_at, expires_at }: ClientRow, nowMs: number): "ACTIVE" | "EXPIRED" | "REVOKED" {
  if (revoked_at) return "REVOKED";
  return expires_at && expires_at.getTime() <= nowMs ? "EXPIRED" : "ACTIVE";
}
