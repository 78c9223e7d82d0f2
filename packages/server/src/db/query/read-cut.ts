import { sql } from "kysely";
import { type Known, listKey, listVersion, readThrough } from "../list-cache.ts";
import type { SqlHandle } from "../pool.ts";
import type { SortKeyValues } from "./keyset.ts";
import {
  type Countable,
  type Counted,
  type Cut,
  type KeyRow,
  MAX_FEW_ROWS,
  type PageSource,
  selectPages,
  totalOf,
} from "./select-pages.ts";

/**
 * Keys of the page's rows in order, the total, the values of the last row while more may follow, and the `listVersion` at
 * which all that was read.
 */
export type PageOfIds<Id> = { ids: Id[]; count: number; last: SortKeyValues | null; version: string };

/** Pages in turn, all of one version: an empty one only where there are no rows at all. */
export type Pages<Id> = [PageOfIds<Id>, ...PageOfIds<Id>[]];

/** Beside twice the rows that are asked for, so many have their place reckoned first; then as many times as many. */
const MIN_REACH_ROWS = 1_000;
const WIDER_REACH = 30;
/** In place of a version, of totals that only decide a plan. */
const FORMERLY = "formerly";

/** How many rows the source has. */
export async function countRows(db: SqlHandle, source: Countable): Promise<number> {
  return (await readCount(db, source)).count;
}

function readCount(db: SqlHandle, source: Countable): Promise<Counted> {
  // Of what is not counted nothing is remembered: looking at that takes as long.
  const key = source.total ? null : listKey(db, totalOf(source));
  return readThrough(db, key, async () => {
    const select = sql<Counted>`SELECT ${totalOf(source)} AS count, ${listVersion} AS version`;
    const counted = (await select.execute(db)).rows[0]!;
    return { value: counted, version: counted.version };
  });
}

/** The pages of a cut. */
export async function readCut<Id>(db: SqlHandle, source: PageSource, cut: Cut, known?: Known): Promise<Pages<Id>> {
  const key = known && listKey(db, totalOf(source));
  // A total decides the plan, and is told only at its own version; of a kept one, which is told for nothing, any former does.
  const at = source.total ? FORMERLY : known?.version;
  const former = key && at && known.cache.find<Counted>(key, at);
  const row = await readKeys<Id>(db, source, cut, former || (await readCount(db, source)));
  const { count, version } = row;
  if (key) known.cache.put(key, source.total ? FORMERLY : version, { count, version });
  return toPages(row, cut);
}

/** Tries with few rows first, where that may do. */
async function readKeys<Id>(db: SqlHandle, source: PageSource, cut: Cut, counted: Counted): Promise<KeyRow<Id>> {
  const { pageSize, pages, after, offset } = cut;
  const isBounded = source.bounded !== undefined && source.terms[0]?.atMost !== undefined;
  const reach = MIN_REACH_ROWS + 2 * (offset + pageSize * pages);
  // Of more than a quarter all may as well be reckoned.
  const reaches = isBounded ? [reach, reach * WIDER_REACH].filter((rows) => 4 * rows < counted.count) : [];
  for (const reach of counted.count > MAX_FEW_ROWS ? reaches : []) {
    const row = (await selectPages<Id>(source, { ...cut, reach }, counted).execute(db)).rows[0]!;
    const isEnd = after === undefined && offset + row.ids.length >= row.count;
    if (isEnd || row.ids.length === pageSize * pages) return row;
  }
  return (await selectPages<Id>(source, cut, counted).execute(db)).rows[0]!;
}

function toPages<Id>({ ids, ends, count, version }: KeyRow<Id>, { pageSize, pages }: Cut): Pages<Id> {
  const toPage = (index: number): PageOfIds<Id> => {
    const own = ids.slice(index * pageSize, (index + 1) * pageSize);
    return { ids: own, count, last: own.length === pageSize ? ends[index]! : null, version };
  };
  const others = Array.from({ length: pages - 1 }, (_, index) => toPage(index + 1));
  return [toPage(0), ...others.filter((page) => page.ids.length > 0)];
}
