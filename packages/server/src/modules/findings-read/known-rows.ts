import { createHash } from "node:crypto";
import { sql } from "kysely";
import { ListCache, listCacheOf, listVersion, readAt } from "../../db/list-cache.ts";
import type { SqlHandle } from "../../db/pool.ts";
import { prepared } from "../../db/prepared.ts";
import {
  type CveSigns,
  type Names,
  NO_CVE_SIGNS,
  type RunQuery,
  readChecks,
  readCveSigns,
  readUnseenAssets,
} from "./finding-dictionary.ts";
import type { FindingFormat } from "./finding-format.ts";
import { charactersOf, type KnownCheck } from "./finding-lookup.ts";
import { toSql } from "./sql-values.ts";

/**
 * What a page refers to, by id, each with the version of its row: the transaction that wrote it (`xmin`). A row that has
 * the same one is the same row, and needs not be read again, whatever else has changed.
 */
export type Wanted = {
  /** A `listVersion`: names are those of it or a later one, and rows of another PostgreSQL are others. */
  version: string;
  checks: ReadonlyMap<number, string>;
  assets: ReadonlyMap<number, string>;
  /** Null: there is no record of it. */
  cves: ReadonlyMap<string, string | null>;
  isKevWhole: boolean;
};

export type Taken<C, A> = {
  checks: ReadonlyMap<number, KnownCheck<C>>;
  assets: ReadonlyMap<number, A>;
  cves: ReadonlyMap<string, CveSigns>;
  connections: Names["connections"];
  /** More is kept with a check from now on, in characters. */
  grow(checkId: number, characters: number): void;
};

/** About what a row takes beside its texts. */
const ROW_BYTES = 400;

/**
 * Checks, assets and CVEs of a page: from memory, and those that are not there, or were changed since, read and put there.
 * What is kept in memory was read after the version it is kept by was seen, so it is never older than that.
 */
export async function takeRows<C, A extends Uint8Array>(
  db: SqlHandle,
  subscriptionId: number,
  format: FindingFormat<C, A>,
  wanted: Wanted,
): Promise<Taken<C, A>> {
  const run: RunQuery = async (query) => (await sql<never>`${prepared}${toSql(query)}`.execute(db)).rows;
  const memory = listCacheOf(db, "rows") ?? new ListCache();
  const names = await namesAt(db, subscriptionId, wanted.version);
  const [era] = wanted.version.split(" ", 1);
  const place = (kind: string) => ({ memory, prefix: `${kind} ${subscriptionId} `, era: era! });
  const checks = await take<number, KnownCheck<C>>(place("check"), wanted.checks, {
    read: async (ids) => {
      const read = await readChecks(run, subscriptionId, ids);
      return new Map([...read].map(([id, check]) => [id, { check, text: format.check(check), heads: new Map() }]));
    },
    bytes: ({ check }) => ROW_BYTES + charactersOf(check),
  });
  const cves = await takeCves(place("cve"), run, wanted);
  const assets = await take<number, A>({ ...place("asset"), era: `${era} ${names.digest}` }, wanted.assets, {
    read: async (ids) => {
      const read = await readUnseenAssets(run, subscriptionId, ids, names.tags);
      return new Map([...read].map(([id, asset]) => [id, format.asset(asset)]));
    },
    bytes: (text) => ROW_BYTES + text.length,
  });
  const grow = (checkId: number, characters: number) => memory.grow(`${place("check").prefix}${checkId}`, characters);
  return { checks, assets, cves, connections: names.connections, grow };
}

/** Of what has no record nothing is kept: there is no version of a row that is not there. */
async function takeCves(
  { era, ...place }: Place,
  run: RunQuery,
  { cves, isKevWhole }: Wanted,
): Promise<ReadonlyMap<string, CveSigns>> {
  const recorded = new Map([...cves].flatMap(([id, version]) => (version === null ? [] : [[id, version] as const])));
  const taken = await take<string, CveSigns>({ ...place, era: `${era} ${isKevWhole}` }, recorded, {
    read: (ids) => readCveSigns(run, ids, isKevWhole),
    bytes: () => ROW_BYTES,
  });
  const unrecorded = { ...NO_CVE_SIGNS, cisaKev: isKevWhole ? false : null };
  for (const [id, version] of cves) if (version === null) taken.set(id, unrecorded);
  return taken;
}

type Place = { memory: ListCache; prefix: string; era: string };

async function take<Id extends number | string, Value>(
  { memory, prefix, era }: Place,
  wanted: ReadonlyMap<Id, string>,
  { read, bytes }: { read: (ids: Id[]) => Promise<Map<Id, Value>>; bytes: (value: Value) => number },
): Promise<Map<Id, Value>> {
  const taken = new Map<Id, Value>();
  const missing: Id[] = [];
  for (const [id, version] of wanted) {
    const known = memory.find<Value>(`${prefix}${id}`, `${era} ${version}`);
    if (known === undefined) missing.push(id);
    else taken.set(id, known);
  }
  if (missing.length === 0) return taken;
  for (const [id, value] of await read(missing)) {
    memory.put(`${prefix}${id}`, `${era} ${wanted.get(id)}`, value, bytes(value));
    taken.set(id, value);
  }
  return taken;
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
