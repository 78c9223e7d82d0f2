import type { UnitRow } from "./store.ts";

export function toBusinessUnit(row: UnitRow) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    scopeTags: row.scope_tags,
    userCount: row.user_count,
    created: row.created_at.toISOString(),
  };
}
