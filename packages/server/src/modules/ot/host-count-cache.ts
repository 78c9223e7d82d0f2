import { createHash } from "node:crypto";
import type { SqlHandle } from "../../db/pool.ts";

/** What a session of the database saw, by `pg_current_snapshot()`, and how many rows of a statement there were then. */
export type CountedAt = { marker: string; count: number };

const maxEntries = 1_000;

/**
 * Totals with the snapshot that they belong to. Two statements with the same snapshot see the same rows, so a total is
 * used exactly as long as nobody has committed anything.
 */
export class HostCountCache {
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

const caches = new WeakMap<SqlHandle, HostCountCache>();

/** The cache of a pool. Undefined within a transaction, whose own writes do not change its snapshot. */
export function countCacheOf(handle: SqlHandle): HostCountCache | undefined {
  if (handle.isTransaction) return undefined;
  const known = caches.get(handle) ?? new HostCountCache();
  caches.set(handle, known);
  return known;
}
