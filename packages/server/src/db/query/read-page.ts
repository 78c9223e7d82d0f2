import { sql } from "kysely";
import {
  type Answered,
  bytesOf,
  type Known,
  listKey,
  listVersion,
  placeKey,
  readAt,
  readThrough,
} from "../list-cache.ts";
import type { SqlHandle } from "../pool.ts";
import type { SortKeyValues } from "./keyset.ts";
import {
  type Countable,
  type Counted,
  type Cut,
  type KeyRow,
  MAX_FEW_ROWS,
  type PageSource,
  selectKeys,
  selectPages,
  totalOf,
} from "./select-pages.ts";

/** Which page: by number, or behind a row. */
export type PageChoice = { pageSize: number } & ({ pageNumber: number } | { after: SortKeyValues });

/**
 * Keys of the page's rows in order, the total, the values of the last row while more may follow, and the `listVersion` at
 * which all that was read.
 */
export type PageOfIds<Id> = { ids: Id[]; count: number; last: SortKeyValues | null; version: string };

type Page<Id> = PageOfIds<Id> & { readAhead: number };
/** Where a page ends that was read by its number; of each list in the order of their numbers. */
type End = { pageNumber: number; last: SortKeyValues };

/** Rows that are put in order at once for pages to come, at most. */
const MAX_READ_AHEAD_ROWS = 10_000;
/** Beside twice the rows that are asked for, so many have their place reckoned first; then as many times as many. */
const MIN_REACH_ROWS = 1_000;
const WIDER_REACH = 30;

/** How many rows the source has. */
export async function countRows(db: SqlHandle, source: Countable): Promise<number> {
  return (await readCount(db, source)).count;
}

function readCount(db: SqlHandle, source: Countable): Promise<Counted> {
  return readThrough(db, countKey(db, source), async () => {
    const select = sql<Counted>`SELECT ${totalOf(source)} AS count, ${listVersion} AS version`;
    const counted = (await select.execute(db)).rows[0]!;
    return { value: counted, version: counted.version };
  });
}

/** Null also where nothing is counted: looking at what is remembered takes as long. */
function countKey(db: SqlHandle, source: Countable): string | null {
  return source.total ? null : listKey(db, totalOf(source));
}

/**
 * A page and the total, both of one moment.
 *
 * Whoever turns pages gets them from memory while nothing changes: the page behind a known one begins at its last row
 * instead of counting from the start, and each such reading takes twice as many pages ahead as the one before. Any other
 * page is counted from the nearest known one before it.
 */
export function readPage<Id extends number | string>(
  db: SqlHandle,
  source: PageSource,
  choice: PageChoice,
): Promise<PageOfIds<Id>> {
  const list = listKey(
    db,
    selectKeys(source, { pageSize: choice.pageSize, pages: 1, after: undefined, offset: 0 }, false),
  );
  const place = "after" in choice ? toPlace(choice.after) : choice.pageNumber;
  if (list === null) return readPages<Id>(db, source, choice, "").then(({ value }) => value);
  return readThrough<PageOfIds<Id>>(db, placeKey(list, place), (known) => readPages(db, source, choice, list, known));
}

/**
 * The rows of a page, remembered with the version of its keys.
 *
 * @param what tells apart what else decides the rows' text: their kind, whose they are, the scope if the reading looks at it
 * @param read the text of the rows of these keys; not called for none
 * @param none the text of no rows
 */
export async function readRows<Id extends number | string>(
  db: SqlHandle,
  what: readonly unknown[],
  { ids, version }: Pick<PageOfIds<Id>, "ids" | "version">,
  read: (ids: Id[]) => Promise<Answered<Buffer>>,
  none: Buffer = EMPTY_ARRAY,
): Promise<Buffer> {
  if (ids.length === 0) return none;
  const key = placeKey(JSON.stringify(what), ids.join());
  return readAt(
    db,
    { kind: "pages", key, version },
    () => read(ids),
    ({ length }) => length,
  );
}

const EMPTY_ARRAY = Buffer.from("[]");

function toPlace(after: SortKeyValues): string {
  return JSON.stringify(after);
}

async function readPages<Id extends number | string>(
  db: SqlHandle,
  source: PageSource,
  choice: PageChoice,
  list: string,
  known?: Known,
): Promise<Answered<PageOfIds<Id>>> {
  const { pageSize } = choice;
  const find = (place: string | number) => known?.cache.find<Page<Id>>(placeKey(list, place), known.version);
  const before =
    "after" in choice
      ? find(`behind ${toPlace(choice.after)}`)
      : choice.pageNumber > 0
        ? find(choice.pageNumber - 1)
        : undefined;
  const near = "after" in choice || before?.last ? undefined : findEnd(known, list, choice.pageNumber);
  const after = "after" in choice ? choice.after : (before?.last ?? near?.last);
  const pages = before?.last
    ? Math.max(1, Math.min(before.readAhead * 2, Math.floor(MAX_READ_AHEAD_ROWS / pageSize)))
    : 1;
  const offset =
    "after" in choice || before?.last ? 0 : (choice.pageNumber - (near ? near.pageNumber + 1 : 0)) * pageSize;
  const total = countKey(db, source);
  const former = total === null ? undefined : known?.cache.find<Counted>(total, known.version);
  const counted = former ?? (await readCount(db, source));
  const row = await readKeys<Id>(db, source, { pageSize, pages, after, offset }, counted);
  // The page before was one of another version: its last row may be at another place by now.
  if ((before || near) && row.version !== known?.version) return readPages(db, source, choice, list);
  if (total !== null) known?.cache.put(total, row.version, { count: row.count, version: row.version });
  const read = toPages(row, { pageSize, pages });
  const first = read[0]!;
  read.forEach((page, index) => {
    const bytes = bytesOf(page);
    const put = (place: string | number) => known?.cache.put(placeKey(list, place), row.version, page, bytes);
    const former = read[index - 1]?.last;
    if (index > 0 && "pageNumber" in choice) put(choice.pageNumber + index);
    if (former) put(toPlace(former));
    if (page.last) put(`behind ${toPlace(page.last)}`);
  });
  const { last } = read.at(-1)!;
  if (last && "pageNumber" in choice) {
    noteEnd(known, list, row.version, { pageNumber: choice.pageNumber + read.length - 1, last });
  }
  return { value: first, version: row.version };
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

/** The end of the last known page before the page. */
function findEnd(known: Known | undefined, list: string, pageNumber: number): End | undefined {
  const ends = known?.cache.find<End[]>(placeKey(list, "ends"), known.version);
  return ends?.findLast((end) => end.pageNumber < pageNumber);
}

function noteEnd(known: Known | undefined, list: string, version: string, end: End): void {
  const key = placeKey(list, "ends");
  const ends = known?.cache.find<End[]>(key, version);
  if (!ends) known?.cache.put(key, version, [end]);
  else if (!ends.some(({ pageNumber }) => pageNumber === end.pageNumber)) {
    ends.splice(ends.findLastIndex(({ pageNumber }) => pageNumber < end.pageNumber) + 1, 0, end);
    known?.cache.grow(key, bytesOf(end));
  }
}

function toPages<Id>(
  { ids, ends, count, version }: KeyRow<Id>,
  { pageSize, pages }: { pageSize: number; pages: number },
): Page<Id>[] {
  const cuts = Array.from({ length: pages }, (_, index) => index);
  return cuts.flatMap((index) => {
    const own = ids.slice(index * pageSize, (index + 1) * pageSize);
    const isFull = own.length === pageSize;
    return index > 0 && own.length === 0
      ? []
      : [{ ids: own, count, last: isFull ? ends[index]! : null, version, readAhead: pages }];
  });
}
