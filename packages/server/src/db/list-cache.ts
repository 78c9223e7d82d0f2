import { createHash } from "node:crypto";
import { type RawBuilder, sql } from "kysely";
import type { SqlHandle } from "./pool.ts";
import { prepared } from "./prepared.ts";

/** Of each kind that is kept for one pool: two million keys of rows, or eighty pages of findings. */
const MAX_BYTES = 16 * 2 ** 20;
const MAX_ENTRIES = 30_000;
/** What is larger would push out nearly everything else. */
const MAX_ENTRY_BYTES = MAX_BYTES / 4;
/** A time to the millisecond, as nobody writes one: it was reckoned from the moment of asking. */
const MOMENT = /"[^"]{4,15}-\d\dT\d\d:\d\d:\d\d\.(?!000)\d{3}Z"/;

/**
 * What changes whenever anything is committed that a list can show (migration 0010), and only then: two statements that
 * see the same version see the same rows. The start of the server tells a server from one that took its place.
 */
export const listVersion: RawBuilder<string> = sql<string>`(SELECT
  extract(epoch FROM pg_postmaster_start_time())::text || ' ' || coalesce(sum(changes), 0)::text FROM list_change)`;

type Entry = { version: string; value: unknown; bytes: number };

/**
 * What was read at a version, by what was asked. What was not asked for the longest goes first when there is too much of
 * it, and everything of a version when there is a newer one.
 */
export class ListCache {
  readonly #entries = new Map<string, Entry>();
  readonly #running = new Map<string, Promise<unknown>>();
  #bytes = 0;
  #version = "";

  /** What was put at the version before is not asked for any more. Whoever is late by a version does not turn back. */
  turnTo(version: string): void {
    if (version === this.#version || isOlder(version, this.#version)) return;
    for (const [key, entry] of this.#entries) {
      if (entry.version === this.#version || isOlder(entry.version, version)) this.#drop(key);
    }
    this.#version = version;
  }

  /** @returns what was put for the key at this version */
  find<Value>(key: string, version: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry?.version !== version) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value as Value;
  }

  /** @param bytes what the value takes, by {@link bytesOf} */
  put(key: string, version: string, value: unknown, bytes = bytesOf(value)): void {
    this.#drop(key);
    if (bytes > MAX_ENTRY_BYTES) return;
    this.#entries.set(key, { version, value, bytes });
    this.#bytes += bytes;
    this.#bound();
  }

  /** What was put for the key takes more than was told, if it is still there. */
  grow(key: string, bytes: number): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.bytes += bytes;
    this.#bytes += bytes;
    this.#bound();
  }

  /** Runs `work`, unless it is running for the same key already: then that one's outcome is this one's too. */
  share<Value>(key: string, work: () => Promise<Value>): Promise<Value> {
    const running = this.#running.get(key) as Promise<Value> | undefined;
    if (running) return running;
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  #bound(): void {
    while (this.#bytes > MAX_BYTES || this.#entries.size > MAX_ENTRIES) {
      this.#drop(this.#entries.keys().next().value!);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}

/**
 * What is kept apart, so that one does not push out another: `answers` to questions (totals, groups, keys), and the `pages`
 * that were made of them.
 */
type Kind = "answers" | "pages";

/** Of two versions of the same PostgreSQL; of others it cannot be told. */
function isOlder(one: string, other: string): boolean {
  const [[start, changes], [otherStart, otherChanges]] = [one.split(" "), other.split(" ")];
  return start === otherStart && Number(changes) < Number(otherChanges);
}

const caches = new WeakMap<SqlHandle, Record<Kind, ListCache>>();

/** A cache of a pool. Undefined within a transaction, whose own changes may not have been told yet. */
export function listCacheOf(handle: SqlHandle, kind: Kind = "answers"): ListCache | undefined {
  if (handle.isTransaction) return undefined;
  const known = caches.get(handle) ?? { answers: new ListCache(), pages: new ListCache() };
  caches.set(handle, known);
  return known[kind];
}

/** About how much memory a value takes. */
export function bytesOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/**
 * A key for a question: its statement with the parameters. Null when it depends on the moment in which it is asked: then
 * nobody asks the same again, and there is nothing to remember.
 */
export function listKey(handle: SqlHandle, statement: RawBuilder<unknown>): string | null {
  const { sql, parameters } = statement.compile(handle);
  const values = JSON.stringify(parameters);
  return MOMENT.test(values) ? null : digest(sql, values);
}

/** A key for what belongs to a question. */
export function placeKey(list: string, place: string | number): string {
  return digest(list, JSON.stringify(place));
}

function digest(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length} ${part}`);
  return hash.digest("base64");
}

/** What a question may use: the version at which it was asked, and what else is known at it. */
export type Known = { version: string; cache: ListCache };

/** An answer with the version of the snapshot that it was read in. */
export type Answered<Value> = { value: Value; version: string };

/**
 * The answer to a question, taken again as long as nothing has changed. Those who ask the same at the same version wait
 * for one answer together: it is of that version or a later one.
 *
 * @param key null: the answer is not remembered
 * @param ask reads the answer in one snapshot; `known` is undefined in a transaction, and without a key
 */
export async function readThrough<Value>(
  handle: SqlHandle,
  key: string | null,
  ask: (known?: Known) => Promise<Answered<Value>>,
): Promise<Value> {
  const cache = listCacheOf(handle);
  if (!cache || key === null) return (await ask()).value;
  const version = await readListVersion(handle);
  cache.turnTo(version);
  const former = cache.find<Value>(key, version);
  if (former !== undefined) return former;
  const { value } = await cache.share(`${key} ${version}`, async () => {
    const answered = await ask({ version, cache });
    cache.put(key, answered.version, answered.value);
    return answered;
  });
  return value;
}

/**
 * What belongs to an answer that was read at a version, e.g. the texts of its rows; taken again for whoever has the same
 * answer of the same version.
 *
 * @param version was read after the request came in
 * @param bytes what the value takes
 */
export async function readAt<Value>(
  handle: SqlHandle,
  { kind, key, version }: { kind: Kind; key: string; version: string },
  ask: () => Promise<Answered<Value>>,
  bytes: (value: Value) => number,
): Promise<Value> {
  const cache = listCacheOf(handle, kind);
  if (!cache) return (await ask()).value;
  cache.turnTo(version);
  const former = cache.find<Value>(key, version);
  if (former !== undefined) return former;
  const { value } = await cache.share(`${key} ${version}`, async () => {
    const answered = await ask();
    cache.put(key, answered.version, answered.value, bytes(answered.value));
    return answered;
  });
  return value;
}

/**
 * The version of now. It costs a third of a page that is known; so who asks while it is being read takes the reading that
 * begins behind that one, together with all others who wait: it began after each of them asked.
 */
function readListVersion(handle: SqlHandle): Promise<string> {
  const turn = turns.get(handle) ?? {};
  turns.set(handle, turn);
  if (!turn.running) return startReading(handle, turn);
  const start = () => startReading(handle, turn);
  turn.next ??= turn.running.then(start, start);
  return turn.next;
}

type Turn = { running?: Promise<string> | undefined; next?: Promise<string> | undefined };
const turns = new WeakMap<SqlHandle, Turn>();

function startReading(handle: SqlHandle, turn: Turn): Promise<string> {
  const select = sql<{ version: string }>`${prepared}SELECT ${listVersion} AS version`;
  const reading = select.execute(handle).then(({ rows }) => rows[0]!.version);
  const running = reading.finally(() => {
    if (turn.running === running) turn.running = undefined;
  });
  turn.next = undefined;
  turn.running = running;
  return running;
}
