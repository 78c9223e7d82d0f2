import { createHash } from "node:crypto";
import { type RawBuilder, sql } from "kysely";
import type { SqlHandle } from "./pool.ts";

/** Of all that is kept for one pool: 16 MB of keys of rows. */
const MAX_WEIGHT = 2_000_000;
const MAX_ENTRIES = 10_000;

/**
 * What changes whenever anything is committed that a list can show (migration 0010), and only then: two statements that
 * see the same version see the same rows. The start of the server tells a server from one that took its place.
 */
export const listVersion: RawBuilder<string> = sql<string>`(SELECT
  extract(epoch FROM pg_postmaster_start_time())::text || ' ' || coalesce(sum(changes), 0)::text FROM list_change)`;

type Entry = { version: string; value: unknown; weight: number };

/** What was read at a version, by what was asked. The oldest goes first when there is too much of it. */
export class ListCache {
  readonly #entries = new Map<string, Entry>();
  readonly #running = new Map<string, Promise<unknown>>();
  #weight = 0;

  /** @returns what was put for the key at this version */
  find<Value>(key: string, version: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry?.version === version ? (entry.value as Value) : undefined;
  }

  /** @param weight about how many numbers the value holds */
  put(key: string, version: string, value: unknown, weight = 1): void {
    this.#drop(key);
    this.#entries.set(key, { version, value, weight });
    this.#weight += weight;
    while (this.#weight > MAX_WEIGHT || this.#entries.size > MAX_ENTRIES) {
      this.#drop(this.#entries.keys().next().value!);
    }
  }

  /** Runs `work`, unless it is running for the same key already: then that one's outcome is this one's too. */
  share<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    const running = this.#running.get(key) as Promise<Value> | undefined;
    if (running) return running;
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  #drop(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}

const caches = new WeakMap<SqlHandle, ListCache>();

/** The cache of a pool. Undefined within a transaction, whose own changes may not have been told yet. */
export function listCacheOf(handle: SqlHandle): ListCache | undefined {
  if (handle.isTransaction) return undefined;
  const known = caches.get(handle) ?? new ListCache();
  caches.set(handle, known);
  return known;
}

/** A key for all that decides an answer: statements, with their parameters, and plain values. */
export function listKey(handle: SqlHandle, ...parts: readonly (RawBuilder<unknown> | string | number)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const text = typeof part === "object" ? toText(part.compile(handle)) : JSON.stringify(part);
    hash.update(`${text.length} ${text}`);
  }
  return hash.digest("base64");
}

function toText({ sql, parameters }: { sql: string; parameters: readonly unknown[] }): string {
  return JSON.stringify([sql, parameters]);
}

/** What a question may use: the version at which it was asked, and what else is known at it. */
export type Known = { version: string; cache: ListCache };

/** An answer with the version of the snapshot that it was read in. */
export type Answered<Value> = { value: Value; version: string; weight?: number };

/**
 * The answer to a question, taken again as long as nothing has changed. Those who ask the same at the same version wait
 * for one answer together: it is of that version or a later one.
 *
 * @param ask reads the answer in one snapshot; `known` is undefined in a transaction
 */
export async function readThrough<Value>(
  handle: SqlHandle,
  key: string,
  ask: (known?: Known) => Promise<Answered<Value>>,
): Promise<Value> {
  const cache = listCacheOf(handle);
  if (!cache) return (await ask()).value;
  const version = await readListVersion(handle);
  const former = cache.find<Value>(key, version);
  if (former !== undefined) return former;
  const { value } = await cache.share(`${key} ${version}`, async () => {
    const answered = await ask({ version, cache });
    cache.put(key, answered.version, answered.value, answered.weight);
    return answered;
  });
  return value;
}

async function readListVersion(handle: SqlHandle): Promise<string> {
  const { rows } = await sql<{ version: string }>`SELECT ${listVersion} AS version`.execute(handle);
  return rows[0]!.version;
}
