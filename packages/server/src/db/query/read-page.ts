import { type Answered, listKey, placeKey, readAt, readThrough } from "../list-cache.ts";
import type { SqlHandle } from "../pool.ts";
import type { SortKeyValues } from "./keyset.ts";
import { type PageOfIds, readCut } from "./read-cut.ts";
import { type PageSource, selectKeys } from "./select-pages.ts";
import { readBehind, readNumbered, toPlace } from "./turn-pages.ts";

/** Which page: by number, or behind a row. */
export type PageChoice = { pageSize: number } & ({ pageNumber: number } | { after: SortKeyValues });

/**
 * A page and the total, both of one moment.
 *
 * Whoever turns pages gets them from memory while nothing changes: the page behind a known one begins at its last row
 * instead of counting from the start, and each such reading takes twice as many pages ahead as the one before. Others who
 * turn the same pages wait for that reading. Any other page is counted from the nearest known one before it.
 */
export function readPage<Id extends number | string>(
  db: SqlHandle,
  source: PageSource,
  choice: PageChoice,
): Promise<PageOfIds<Id>> {
  const { pageSize } = choice;
  const list = listKey(db, selectKeys(source, { pageSize, pages: 1, after: undefined, offset: 0 }, false));
  const readAlone = async (): Promise<Answered<PageOfIds<Id>>> => {
    const from = "after" in choice ? { after: choice.after, offset: 0 } : { offset: choice.pageNumber * pageSize };
    const [page] = await readCut<Id>(db, source, { pageSize, pages: 1, after: undefined, ...from });
    return { value: page, version: page.version };
  };
  if (list === null) return readAlone().then(({ value }) => value);
  const place = "after" in choice ? toPlace(choice.after) : choice.pageNumber;
  return readThrough<PageOfIds<Id>>(db, placeKey(list, place), async (known) => {
    if (!known) return readAlone();
    const of = { db, source, pageSize, list, ...known };
    // Undefined: begun behind a page of another version, whose last row may be at another place by now.
    const page =
      "after" in choice ? await readBehind<Id>(of, choice.after) : await readNumbered<Id>(of, choice.pageNumber);
    return page ? { value: page, version: page.version } : readAlone();
  });
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
