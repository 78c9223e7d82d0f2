import { type RawBuilder, type SqlBool, sql } from "kysely";
import { type CountedAt, countCacheOf, countKey, snapshotMarker } from "../../db/count-cache.ts";
import { rowsAfter, type SortKeyValues, type SortTerm, sortValues } from "../../db/query/index.ts";
import type { ScopedDb } from "../../db/scoped.ts";

/** Rows to page through: tables, the condition with scope and filter in it, the total order and the key. */
export type PageSource = {
  from: RawBuilder<unknown>;
  where: RawBuilder<SqlBool>;
  terms: readonly SortTerm[];
  id: RawBuilder<unknown>;
};

/** Which page: by number, or behind a row. */
export type PageChoice = { pageSize: number } & ({ pageNumber: number } | { after: SortKeyValues });

/** Keys of the page's rows in order, the total, and the values of the last row while more may follow. */
export type PageOfIds = { ids: number[]; count: number; last: SortKeyValues | null };

type Row = { ids: number[]; last: (string | null)[] | null; count: number; marker: string | null };

/** How many rows the source has. */
export async function countRows(db: ScopedDb, source: PageSource): Promise<number> {
  const { rows } = await selectCount(source).execute(db.read);
  return rows[0]?.count ?? 0;
}

function selectCount({ from, where }: PageSource) {
  return sql<{ count: number }>`SELECT count(*) AS count FROM ${from} WHERE ${where}`;
}

/**
 * A page and the total, both of one moment. A former total is taken again as long as nothing was committed since: two
 * statements of the same snapshot see the same rows.
 */
export async function readPage(db: ScopedDb, source: PageSource, choice: PageChoice): Promise<PageOfIds> {
  const cache = countCacheOf(db.read);
  const key = countKey(selectCount(source).compile(db.read));
  const { rows } = await selectPage(source, choice, cache?.find(key)).execute(db.read);
  const { ids, last, count, marker } = rows[0] as Row;
  if (marker !== null) cache?.put(key, { marker, count });
  return { ids, count, last: ids.length === choice.pageSize ? last : null };
}

function selectPage(source: PageSource, choice: PageChoice, counted: CountedAt | undefined) {
  const { from, where, terms, id } = source;
  const orderBy = terms.map(({ column, direction }) =>
    direction === "asc" ? sql`${column} asc` : sql`${column} desc`,
  );
  const isBehind = "after" in choice ? sql`AND ${rowsAfter(terms, choice.after)}` : sql``;
  const offset = "after" in choice ? sql`` : sql`OFFSET ${choice.pageNumber}::bigint * ${choice.pageSize}::bigint`;
  const count = sql`(${selectCount(source)})`;
  const total = counted
    ? sql`CASE WHEN ${snapshotMarker} = ${counted.marker} THEN ${counted.count}::bigint ELSE ${count} END`
    : count;
  return sql<Row>`
    WITH page AS MATERIALIZED (
      SELECT k.id, k.values, row_number() OVER () AS ordinal
      FROM (
        SELECT ${id} AS id, ${sortValues(terms)} AS values FROM ${from} WHERE ${where} ${isBehind}
        ORDER BY ${sql.join(orderBy)} LIMIT ${choice.pageSize} ${offset}
      ) k
    )
    SELECT coalesce((SELECT json_agg(id ORDER BY ordinal) FROM page), '[]') AS ids,
           (SELECT to_json(values) FROM page ORDER BY ordinal DESC LIMIT 1) AS last,
           ${total} AS count, ${snapshotMarker} AS marker`;
}
