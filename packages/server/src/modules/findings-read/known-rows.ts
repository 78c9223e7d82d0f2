import { createHash } from "node:crypto";
import { sql } from "kysely";
import { listVersion, readAt } from "../../db/list-cache.ts";
import type { SqlHandle } from "../../db/pool.ts";
import { prepared } from "../../db/prepared.ts";
import {
  type CveSigns,
  type Names,
  type RunQuery,
  readChecks,
  readCveSigns,
  readUnseenAssets,
} from "./finding-dictionary.ts";
import { jsonFormat } from "./finding-json.ts";
import { charactersOf, type KnownCheck } from "./finding-lookup.ts";
import { type KnownRow, RowMemory } from "./row-memory.ts";
import { toSql } from "./sql-values.ts";
import { statement } from "./statement.ts";

/** What a page refers to. */
export type Wanted = {
  /** The `listVersion` of the page: nothing that it is told may be older. */
  version: string;
  checks: ReadonlySet<number>;
  assets: ReadonlySet<number>;
  cves: ReadonlySet<string>;
  isKevWhole: boolean;
};

type CheckText = ReturnType<typeof jsonFormat.check>;

/** With the texts that `jsonFormat` makes of them. */
export type Taken = {
  checks: ReadonlyMap<number, KnownCheck<CheckText>>;
  assets: ReadonlyMap<number, Buffer>;
  cves: ReadonlyMap<string, CveSigns>;
  connections: Names["connections"];
  /** More is kept with a check from now on, in characters. */
  grow(checkId: number, characters: number): void;
};

/** About what a row takes beside its texts. */
const ROW_BYTES = 400;
const MAX_CHECK_BYTES = 8 * 2 ** 20;
const MAX_ASSET_BYTES = 6 * 2 ** 20;
const MAX_CVE_BYTES = 2 * 2 ** 20;

type Memory = {
  checks: RowMemory<number, KnownCheck<CheckText>>;
  assets: RowMemory<number, Buffer>;
  cves: RowMemory<string, CveSigns>;
};
const memories = new WeakMap<SqlHandle, Memory>();

/** Of a pool. Within a transaction nothing is kept: its own changes may not have been told yet. */
function memoryOf(db: SqlHandle): Memory {
  const memory = memories.get(db) ?? {
    checks: new RowMemory(MAX_CHECK_BYTES),
    assets: new RowMemory(MAX_ASSET_BYTES),
    cves: new RowMemory(MAX_CVE_BYTES),
  };
  if (!db.isTransaction) memories.set(db, memory);
  return memory;
}

/**
 * Checks, assets and CVEs of a page: from memory, and those that are not there, or were changed since, read and put there.
 * While nothing changes nothing is asked. After a change, which transactions wrote the rows is asked once: a row that has the
 * same one is the same row, whatever else has changed.
 */
export async function takeRows(
  db: SqlHandle,
  subscriptionId: number,
  { version, isKevWhole, ...wanted }: Wanted,
): Promise<Taken> {
  const run: RunQuery = async (query) => (await sql<never>`${prepared}${toSql(query)}`.execute(db)).rows;
  const names = await namesAt(db, subscriptionId, version);
  const memory = memoryOf(db);
  const [era] = version.split(" ", 1);
  const checks = look(memory.checks, wanted.checks, { owner: `${era} ${subscriptionId}`, version });
  const assets = look(memory.assets, wanted.assets, { owner: `${era} ${subscriptionId} ${names.digest}`, version });
  const cves = look(memory.cves, wanted.cves, { owner: `${era} ${isKevWhole}`, version });
  await askForWriters(run, subscriptionId, { checks, assets, cves });
  const characters = ({ check }: KnownCheck<unknown>) => charactersOf(check);
  await complete(checks, characters, async (ids) => {
    const read = await readChecks(run, subscriptionId, ids);
    return new Map([...read].map(([id, check]) => [id, { check, text: jsonFormat.check(check), heads: new Map() }]));
  });
  await complete(
    cves,
    () => 0,
    (ids) => readCveSigns(run, ids, isKevWhole),
  );
  await complete(
    assets,
    ({ length }) => length,
    async (ids) => {
      const read = await readUnseenAssets(run, subscriptionId, ids, names.tags);
      return new Map([...read].map(([id, asset]) => [id, jsonFormat.asset(asset)]));
    },
  );
  const grow = (checkId: number, characters: number) => memory.checks.grow(checkId, characters);
  return { checks: checks.taken, assets: assets.taken, cves: cves.taken, connections: names.connections, grow };
}

/** Whose a row must be, and at which version it is wanted. */
type At = Pick<KnownRow<unknown>, "owner" | "version">;

/** What is known of the rows that are wanted. */
type Look<Id, Value> = {
  memory: RowMemory<Id, Value>;
  at: At;
  taken: Map<Id, Value>;
  /** Those that may have been changed since. */
  stale: Map<Id, KnownRow<Value>>;
  missing: Id[];
  /** Who wrote the missing ones, where that was asked. */
  writers: Map<Id, string | null>;
};

function look<Id, Value>(memory: RowMemory<Id, Value>, ids: ReadonlySet<Id>, at: At): Look<Id, Value> {
  const [taken, stale, writers] = [new Map<Id, Value>(), new Map<Id, KnownRow<Value>>(), new Map<Id, string | null>()];
  const missing: Id[] = [];
  for (const id of ids) {
    const row = memory.find(id);
    if (row?.owner !== at.owner) missing.push(id);
    else if (row.version !== at.version) stale.set(id, row);
    else taken.set(id, row.value);
  }
  return { memory, at, taken, stale, missing, writers };
}

type Looks = { checks: Look<number, unknown>; assets: Look<number, unknown>; cves: Look<string, unknown> };

/** Takes the stale rows that are the same still. */
async function askForWriters(run: RunQuery, subscriptionId: number, { checks, assets, cves }: Looks): Promise<void> {
  if (checks.stale.size + assets.stale.size + cves.stale.size === 0) return;
  const rows = await run(statement<{ kind: "check" | "asset" | "cve"; id: string; writer: string }>`
    SELECT 'check' AS kind, id::text, xmin::text AS writer FROM check_definition
    WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...checks.stale.keys()]}::bigint[])
    UNION ALL SELECT 'asset', id::text, xmin::text FROM asset
    WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...assets.stale.keys()]}::bigint[])
    UNION ALL SELECT 'cve', cve_id, xmin::text FROM cve_knowledge
    WHERE cve_id = ANY (${[...cves.stale.keys()]}::text[])`);
  const writers = {
    check: new Map<number, string>(),
    asset: new Map<number, string>(),
    cve: new Map<string, string>(),
  };
  for (const { kind, id, writer } of rows) {
    if (kind === "cve") writers.cve.set(id, writer);
    else writers[kind].set(Number(id), writer);
  }
  takeSame(checks, writers.check);
  takeSame(assets, writers.asset);
  takeSame(cves, writers.cve);
}

function takeSame<Id, Value>(
  { at, taken, stale, missing, writers }: Look<Id, Value>,
  written: ReadonlyMap<Id, string>,
): void {
  for (const [id, row] of stale) {
    const writer = written.get(id) ?? null;
    if (row.writer === writer) {
      row.version = at.version;
      taken.set(id, row.value);
    } else {
      missing.push(id);
      writers.set(id, writer);
    }
  }
}

/** Reads what is missing. What is kept was read after the version that it is kept by, and after its writer: it is never older. */
async function complete<Id, Value>(
  { memory, at, taken, missing, writers }: Look<Id, Value>,
  bytes: (value: Value) => number,
  read: (ids: Id[]) => Promise<Map<Id, Value>>,
): Promise<void> {
  if (missing.length === 0) return;
  for (const [id, value] of await read(missing)) {
    memory.put(id, { ...at, value, writer: writers.get(id), bytes: ROW_BYTES + bytes(value) });
    taken.set(id, value);
  }
}

type KnownNames = Names & { digest: string };

/** The names of a subscription, as they are at the version or were a little later. */
function namesAt(db: SqlHandle, subscriptionId: number, version: string): Promise<KnownNames> {
  const key = `names ${subscriptionId}`;
  const bytes = ({ connections, tags }: Names) => ROW_BYTES * (connections.size + tags.size);
  return readAt(db, { kind: "answers", key, version }, () => readNames(db, subscriptionId), bytes);
}

async function readNames(db: SqlHandle, subscriptionId: number) {
  type Pairs = [number, string][];
  const { rows } = await sql<{ connections: Pairs; tags: Pairs; version: string }>`${prepared}
    SELECT coalesce((SELECT json_agg(json_build_array(id, name)) FROM connection
             WHERE subscription_id = ${subscriptionId}), '[]') AS connections,
           coalesce((SELECT json_agg(json_build_array(id, name) ORDER BY name) FROM tag
             WHERE subscription_id = ${subscriptionId}), '[]') AS tags,
           ${listVersion} AS version`.execute(db);
  const { connections, tags, version } = rows[0]!;
  const digest = createHash("sha256").update(JSON.stringify(tags)).digest("base64");
  return { value: { connections: new Map(connections), tags: new Map(tags), digest }, version };
}
