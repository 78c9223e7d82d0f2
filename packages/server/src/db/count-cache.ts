import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { SqlHandle } from "./pool.ts";

/** What a session of the database saw, by `pg_current_snapshot()`, and how many rows of a statement there were then. */
export type CountedAt = { marker: string; count: number };

const maxEntries = 1_000;

/**
 * Totals with the snapshot that they belong to. Two statements with the same snapshot see the same rows, so a total is
 * used exactly as long as nobody has committed anything.
 */
export class CountCache {
  readonly #entries = new Map<string, CountedAt>();

  find(key: string): CountedAt | undefined {
    return this.#entries.get(key);
  }

  put(key: string, counted: CountedAt): void {
    this.#entries.delete(key);
    this.#entries.set(key, counted);
    if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value!);
  }
}

export function countKey({ sql, parameters }: { sql: string; parameters: readonly unknown[] }): string {
  return createHash("sha256")
    .update(JSON.stringify([sql, parameters]))
    .digest("base64");
}

const caches = new WeakMap<SqlHandle, CountCache>();

/** The cache of a pool. Undefined within a transaction, whose own writes do not change its snapshot. */
export function countCacheOf(handle: SqlHandle): CountCache | undefined {
  if (handle.isTransaction) return undefined;
  const known = caches.get(handle) ?? new CountCache();
  caches.set(handle, known);
  return known;
}

/** A session's snapshot as text. A standby's snapshots do not tell what is running: none there. The start tells servers apart. */
export const snapshotMarker = sql<string | null>`CASE WHEN pg_is_in_recovery() THEN NULL
  ELSE pg_postmaster_start_time()::text || ' ' || pg_current_snapshot()::text END`;
