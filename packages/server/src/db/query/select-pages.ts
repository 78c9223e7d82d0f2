import { type RawBuilder, type SqlBool, sql } from "kysely";
import { listVersion } from "../list-cache.ts";
import type { SortTerm } from "./compile-sort.ts";
import { rowsAfter, type SortKeyValues, sortValues } from "./keyset.ts";

/** Rows to page through. */
export type PageSource = {
  from: RawBuilder<unknown>;
  /** With scope and filter in it. */
  where: RawBuilder<SqlBool>;
  /** How many rows that are, where it is kept; else they are counted. */
  total?: RawBuilder<number> | undefined;
  terms: readonly SortTerm[];
  id: RawBuilder<unknown>;
  /** The same tables with what the `atMost` of the first term asks for; absent: it is not made use of. */
  bounded?: RawBuilder<unknown> | undefined;
  /** Tables and condition of the one row whose {@link id} is `page_key.id`, for the values that it is ordered by. */
  one: { from: RawBuilder<unknown>; where: RawBuilder<SqlBool> };
};

/** Keys of rows of whole pages with the values that each full page ends with, the total, and the version they were read at. */
export type KeyRow<Id> = { ids: Id[]; ends: (string | null)[][]; count: number; version: string };
/** Which rows: so many pages from `offset` rows behind the row with these values, or from the start. */
export type Cut = {
  pageSize: number;
  pages: number;
  after: SortKeyValues | undefined;
  offset: number;
  /** So many rows that can be the first ones have their place reckoned; absent: all have. */
  reach?: number | undefined;
};
/** A total, and the version at which it is. */
export type Counted = { count: number; version: string };
export type Countable = Pick<PageSource, "from" | "where" | "total">;

/** Up to so many rows are found first and then put in order, whatever index gives the order. */
export const MAX_FEW_ROWS = 10_000;

/** How many rows the source has. */
export function totalOf({ from, where, total }: Countable): RawBuilder<number> {
  return total ?? sql<number>`(SELECT count(*) FROM ${from} WHERE ${where})`;
}

/** The keys in order, cut to the pages. */
export function selectKeys(source: PageSource, cut: Cut, areFew: boolean): RawBuilder<unknown> {
  const { from, where, terms, id } = source;
  if (cut.reach !== undefined) return selectSureKeys(source, cut, cut.reach);
  const isBehind = cut.after ? sql`AND ${rowsAfter(terms, cut.after)}` : sql``;
  const limit = limitOf(cut);
  const toOrder = (columns: readonly RawBuilder<unknown>[]) =>
    sql.join(
      terms.map(({ direction }, index) => sql`${columns[index]!} ${direction === "asc" ? sql`asc` : sql`desc`}`),
    );
  const columns = terms.map(({ column }) => column);
  if (!areFew)
    return sql`SELECT ${id} AS id FROM ${from} WHERE ${where} ${isBehind} ORDER BY ${toOrder(columns)} ${limit}`;
  const names = terms.map((_, index) => sql.ref(`sort_${index}`));
  const named = columns.map((column, index) => sql`${column} AS ${names[index]!}`);
  return sql`SELECT few.id FROM (SELECT ${id} AS id, ${sql.join(named)} FROM ${from} WHERE ${where} ${isBehind} OFFSET 0) few
    ORDER BY ${toOrder(names)} ${limit}`;
}

function limitOf({ pageSize, pages, offset }: Cut): RawBuilder<unknown> {
  return sql`LIMIT ${pageSize * pages}::bigint OFFSET ${offset}::bigint`;
}

/**
 * The same, from the greatest, without reckoning the place of every row: those go first whose place can be the greatest,
 * and of them those are sure that stand before all that any other row can be. Fewer than asked for where that is not enough.
 */
function selectSureKeys({ bounded, where, terms, id, one }: PageSource, cut: Cut, reach: number): RawBuilder<unknown> {
  const [first, last] = terms as [SortTerm, SortTerm];
  const bound = { ...first, column: first.atMost as RawBuilder<unknown>, isRequired: true };
  // Whatever can only be behind the row is so: the other is asked where that is not enough.
  const isBehind = cut.after
    ? sql`AND (${rowsAfter([bound, last], cut.after)} OR ${rowsAfter(terms, cut.after)})`
    : sql``;
  return sql`
    WITH reached AS MATERIALIZED (
      SELECT ${id} AS id, ${bound.column} AS bound FROM ${bounded} WHERE ${where} ${isBehind}
      ORDER BY 2 DESC, 1 DESC LIMIT ${reach}::bigint
    ),
    edge AS (SELECT bound, id FROM reached ORDER BY bound DESC, id DESC LIMIT 1 OFFSET ${reach - 1}::bigint)
    SELECT page_key.id FROM reached page_key
    JOIN LATERAL (SELECT ${first.column} AS place FROM ${one.from} WHERE ${one.where} AND ${id} = page_key.id OFFSET 0) row ON true
    WHERE NOT EXISTS (SELECT FROM edge WHERE (edge.bound, edge.id) > (row.place, page_key.id))
    ORDER BY row.place DESC, page_key.id DESC ${limitOf(cut)}`;
}

/**
 * The statement behind `readPage`. Of few rows the planner is kept (by OFFSET 0) from walking the index of the order
 * until it has met enough of them: it would meet all of two million, each at a place of its own. The values of the last
 * rows are read after the cut, not of each row that is put in order: as texts they took half of the time.
 *
 * @param counted the total at a version; counted again when it is another by now
 */
export function selectPages<Id>(source: PageSource, cut: Cut, counted: Counted) {
  const { id, one, terms } = source;
  return sql<KeyRow<Id>>`
    WITH page AS MATERIALIZED (
      SELECT cut.id, row_number() OVER () AS ordinal
      FROM (${selectKeys(source, cut, counted.count <= MAX_FEW_ROWS)}) cut
    ),
    ends AS (
      SELECT page_key.ordinal, row.values FROM page page_key
      JOIN LATERAL (SELECT ${sortValues(terms)} AS values FROM ${one.from} WHERE ${one.where} AND ${id} = page_key.id) row ON true
      WHERE page_key.ordinal % ${cut.pageSize} = 0
    )
    SELECT coalesce((SELECT json_agg(id ORDER BY ordinal) FROM page), '[]') AS ids,
           coalesce((SELECT json_agg(values ORDER BY ordinal) FROM ends), '[]') AS ends,
           CASE WHEN ${listVersion} = ${counted.version} THEN ${counted.count}::bigint ELSE ${totalOf(source)} END AS count,
           ${listVersion} AS version`;
}
