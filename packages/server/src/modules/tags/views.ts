import type { TagRow } from "./store.ts";

export function toTag(row: TagRow) {
  return {
    id: row.id,
    name: row.name,
    parent: row.parent,
    criticality: row.criticality,
    rule: row.rule,
    assetCount: row.asset_count,
    created: row.created_at.toISOString(),
  };
}
