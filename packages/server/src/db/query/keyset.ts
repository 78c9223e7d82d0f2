import { type RawBuilder, type SqlBool, sql } from "kysely";
import type { SortTerm } from "./compile-sort.ts";
import type { ColumnKind } from "./field-map.ts";

/** The values of one row by which it is ordered, as texts of PostgreSQL; null where there is none. */
export type SortKeyValues = readonly (string | null)[];

const CASTS: Readonly<Record<ColumnKind, RawBuilder<unknown>>> = {
  text: sql`text`,
  keyword: sql`text`,
  uuid: sql`uuid`,
  integer: sql`bigint`,
  float: sql`double precision`,
  numeric: sql`numeric`,
  boolean: sql`boolean`,
  timestamp: sql`timestamptz`,
  "epoch-ms": sql`bigint`,
  inet: sql`inet`,
};

/** The values of a row's sort terms, as one `text[]`; what {@link rowsAfter} takes. */
export function sortValues(terms: readonly SortTerm[]): RawBuilder<(string | null)[]> {
  return sql`ARRAY[${sql.join(terms.map(({ column }) => sql`(${column})::text`))}]`;
}

/**
 * The condition "the row stands behind the one with these values" in the order of the terms, missing values counting as
 * the greatest. Where all terms go one way and none is ever missing it is one comparison of rows, and an index of these
 * terms begins right there; else the first term also stands alone, as a bound that an index can begin at.
 */
export function rowsAfter(terms: readonly SortTerm[], values: SortKeyValues): RawBuilder<SqlBool> {
  const { direction } = terms[0] as SortTerm;
  if (terms.every((term, index) => term.isRequired && term.direction === direction && values[index] != null)) {
    const columns = sql.join(terms.map(({ column }) => column));
    const places = sql.join(terms.map((term, index) => toValue(term, values[index] as string)));
    return sql<SqlBool>`(${columns}) ${direction === "asc" ? sql`>` : sql`<`} (${places})`;
  }
  const bound = boundOf(terms[0] as SortTerm, values[0] ?? null);
  const cases = terms.map((term, index) => {
    const equal = terms.slice(0, index).map((former, at) => isEqual(former, values[at] ?? null));
    return sql`(${sql.join([...equal, isBehind(term, values[index] ?? null)], sql` AND `)})`;
  });
  return sql<SqlBool>`(${bound} AND (${sql.join(cases, sql` OR `)}))`;
}

function toValue({ kind }: SortTerm, value: string): RawBuilder<unknown> {
  return sql`${value}::text::${CASTS[kind]}`;
}

function boundOf(term: SortTerm, value: string | null): RawBuilder<unknown> {
  const { column, direction, isRequired } = term;
  if (value === null) return direction === "asc" ? sql`${column} IS NULL` : sql`true`;
  if (direction === "desc") return sql`${column} <= ${toValue(term, value)}`;
  const bound = sql`${column} >= ${toValue(term, value)}`;
  return isRequired ? bound : sql`(${bound} OR ${column} IS NULL)`;
}

function isEqual(term: SortTerm, value: string | null): RawBuilder<unknown> {
  return value === null ? sql`${term.column} IS NULL` : sql`${term.column} = ${toValue(term, value)}`;
}

function isBehind(term: SortTerm, value: string | null): RawBuilder<unknown> {
  const { column, direction, isRequired } = term;
  if (value === null) return direction === "asc" ? sql`false` : sql`${column} IS NOT NULL`;
  if (direction === "desc") return sql`${column} < ${toValue(term, value)}`;
  const behind = sql`${column} > ${toValue(term, value)}`;
  return isRequired ? behind : sql`(${behind} OR ${column} IS NULL)`;
}
