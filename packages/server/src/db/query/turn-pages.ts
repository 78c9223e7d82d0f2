import { bytesOf, type Known, placeKey } from "../list-cache.ts";
import type { SqlHandle } from "../pool.ts";
import type { SortKeyValues } from "./keyset.ts";
import { type PageOfIds, type Pages, readCut } from "./read-cut.ts";
import type { PageSource } from "./select-pages.ts";

/** A list with what is known of it. */
export type KnownList = { db: SqlHandle; source: PageSource; pageSize: number; list: string } & Known;

/** Pages that are read at once, by their numbers; of each list in the order of their ends. */
type Block = {
  from: number;
  to: number;
  /** Where the next one begins; null while it is read, and where none follows. */
  last: SortKeyValues | null;
  /** Until it is there; does not fail. */
  running: Promise<unknown> | undefined;
};

/** Rows that are put in order at once for pages to come, at most. */
const MAX_READ_AHEAD_ROWS = 10_000;
/** Who asks for a page so far behind the last known one turns pages, with others who ask for those in between. */
const MIN_TURN = 10;

/** The place of the page behind a row. */
export function toPlace(after: SortKeyValues): string {
  return JSON.stringify(after);
}

/** A page behind a row, and more of those that follow the more pages of this list were turned. */
export async function readBehind<Id>(of: KnownList, after: SortKeyValues): Promise<PageOfIds<Id>> {
  const { db, source, pageSize } = of;
  const before = of.cache.find<number>(aheadKey(of, after), of.version);
  const pages = before ? aheadOf(before, pageSize) : 1;
  const read = await readCut<Id>(db, source, { pageSize, pages, after, offset: 0 }, of);
  putPages(of, read);
  return read[0];
}

/**
 * A page by its number, with others as {@link readBehind}. Where it is being read, or those just before it, that is waited for:
 * ten readers who turn the same pages need no more readings than one.
 *
 * @returns undefined when something has changed meanwhile
 */
export async function readNumbered<Id>(of: KnownList, pageNumber: number): Promise<PageOfIds<Id> | undefined> {
  const blocks = blocksOf(of);
  for (;;) {
    const own = blocks.find(({ from, to }) => from <= pageNumber && pageNumber <= to);
    const before = blocks.findLast(({ to, running, last }) => to < pageNumber && (running || last));
    const turned = before && !own ? pageNumber - before.to : Number.POSITIVE_INFINITY;
    const ahead = before ? aheadOf(1 + before.to - before.from, of.pageSize) : 1;
    const isTurning = turned <= Math.max(ahead, Math.min(MIN_TURN, maxAhead(of.pageSize)));
    const running = own ? own.running : isTurning && before?.running;
    if (!running) {
      const known = own && of.cache.find<PageOfIds<Id>>(placeKey(of.list, pageNumber), of.version);
      if (known) return known;
      if (before && isTurning) return readBlock(of, pageNumber, before, Math.max(ahead, turned));
      return readBlock(
        of,
        pageNumber,
        blocks.findLast(({ to, last }) => to < pageNumber && last),
      );
    }
    await running;
  }
}

function blocksOf({ cache, list, version }: KnownList): Block[] {
  const key = placeKey(list, "blocks");
  const known = cache.find<Block[]>(key, version);
  if (known) return known;
  const blocks: Block[] = [];
  cache.put(key, version, blocks);
  return blocks;
}

/** @param pages so many right behind the block before; absent: the one page, wherever that block ends */
async function readBlock<Id>(
  of: KnownList,
  pageNumber: number,
  before: Block | undefined,
  pages?: number,
): Promise<PageOfIds<Id> | undefined> {
  const { db, source, pageSize } = of;
  const start = before ? before.to + 1 : 0;
  const from = pages ? start : pageNumber;
  const cut = { pageSize, pages: pages ?? 1, after: before?.last ?? undefined, offset: (from - start) * pageSize };
  const reading = readCut<Id>(db, source, cut, of);
  const block: Block = { from, to: from + cut.pages - 1, last: null, running: reading.catch(() => undefined) };
  addBlock(of, block);
  try {
    const read = await reading;
    // The last row of the block before may be at another place by now.
    if (before && read[0].version !== of.version) return undefined;
    block.last = read.length === cut.pages ? read.at(-1)!.last : null;
    putPages(of, read, from);
    return read[pageNumber - from] ?? { ...read[0], ids: [], last: null };
  } finally {
    block.running = undefined;
  }
}

/** A page that was let go is read alone, and known by its block already. */
function addBlock(of: KnownList, block: Block): void {
  const blocks = blocksOf(of);
  if (blocks.some(({ from, to }) => from <= block.from && block.to <= to)) return;
  blocks.splice(blocks.findLastIndex(({ to }) => to < block.to) + 1, 0, block);
  of.cache.grow(placeKey(of.list, "blocks"), bytesOf(block));
}

function aheadOf(pages: number, pageSize: number): number {
  return Math.min(2 * pages, maxAhead(pageSize));
}

function maxAhead(pageSize: number): number {
  return Math.max(1, Math.floor(MAX_READ_AHEAD_ROWS / pageSize));
}

/** How many pages were read at once whose last row this is. */
function aheadKey({ list }: KnownList, last: SortKeyValues): string {
  return placeKey(list, `ahead ${toPlace(last)}`);
}

/** Remembers pages by the rows they are behind, and by their numbers if those are told. */
function putPages<Id>(of: KnownList, pages: Pages<Id>, from?: number): void {
  const { cache, list } = of;
  for (const [index, page] of pages.entries()) {
    const bytes = bytesOf(page);
    const former = pages[index - 1]?.last;
    if (from !== undefined) cache.put(placeKey(list, from + index), page.version, page, bytes);
    if (former) cache.put(placeKey(list, toPlace(former)), page.version, page, bytes);
    if (page.last) cache.put(aheadKey(of, page.last), page.version, pages.length, 10);
  }
}
