import type { RawBuilder } from "kysely";

/**
 * How a column is stored, which decides casts and operators.
 * - `text`, `keyword`: text. `uuid`: uuid, compared as text in lower case.
 * - `integer`: smallint, integer or bigint. `float`: double precision. `numeric`: numeric.
 * - `timestamp`: timestamptz. `epoch-ms`: bigint of epoch milliseconds. `inet`: single hosts, not networks.
 */
export type ColumnKind =
  | "text"
  | "keyword"
  | "uuid"
  | "integer"
  | "float"
  | "numeric"
  | "boolean"
  | "timestamp"
  | "epoch-ms"
  | "inet";

/** Where the data of a logical field is. All SQL in here is written by us; values of a query never reach it. */
export type FieldColumn = {
  kind: ColumnKind;
  /** A column or expression of the query's row: `sql.ref("f.severity")`. A constant needs a cast: a bare one is no order. */
  column: RawBuilder<unknown>;
  /** The column is an array (`text[]`, `inet[]`, …); the field has several values. */
  isArray?: boolean;
  /** The column is never null: an order by it can be continued from an index. */
  isRequired?: boolean;
  /** The same values by `lower()`, as a column or an indexed expression. Default: computed from `column`. */
  folded?: RawBuilder<unknown>;
  /** The text by `joinWords` of the domain, stored and indexed by trigrams. Default: computed from `column`. */
  words?: RawBuilder<unknown>;
  /**
   * All values that the column has, as `few.value`: what follows FROM. Where thousands of rows share a value, it is looked at
   * as text once, and the rows are found by the values that pass.
   */
  distinct?: RawBuilder<unknown>;
  /**
   * What the column was reckoned from, and grows as it shrinks: as the last key of an order that is taken instead. An age
   * is another one at each moment; the time it counts from stays, and has an index.
   */
  countsFrom?: Pick<FieldColumn, "kind" | "column" | "isRequired">;
  /** What puts the values in the order of their meaning, where that is not the order of their letters; of several values the one that counts. */
  rank?: Pick<FieldColumn, "kind" | "column" | "isRequired">;
  /**
   * A value that is never less than the column, where the column takes long to reckon. Neither is ever missing. What it
   * asks of tables that the query's row does not have is told by the source of pages.
   */
  atMost?: RawBuilder<unknown>;
  /** Of a time that takes long to reckon and is never missing: whether it is at the instant or later, without reckoning it. */
  isSince?: (instant: RawBuilder<unknown>) => RawBuilder<unknown>;
  /** Of a boolean, the same as comparing the column with either, written with EXISTS, so that it can become a join. */
  holds?: { true: RawBuilder<unknown>; false: RawBuilder<unknown> };
  /** The column stands in rows of another table instead: the field has the values of all of them. */
  related?: RelatedRows;
};

/** Rows that belong to the query's row: a table (or `jsonb_to_recordset(…) as …`) and how it is tied to the row. */
export type RelatedRows = {
  /** What follows FROM: sql`host_interface as i`. */
  from: RawBuilder<unknown>;
  /** What ties it to the outer row: sql`i.host_id = h.id`. */
  where: RawBuilder<unknown>;
};

/** The elements of a token group, with their columns by logical field. */
export type ElementSource = RelatedRows & { columns: FieldColumns };

export type FieldColumns = Readonly<Record<string, FieldColumn>>;

/** Where one kind of record keeps what its tokens name. A field that is not here is unknown: its conditions are false. */
export type FieldMap = {
  columns: FieldColumns;
  /** By group name. Outside of `group:( … )` a grouped token is looked up in `columns` first, then here. */
  groups?: Readonly<Record<string, ElementSource>>;
};

/** Whether a condition on the field can be answered: the evaluator's notion of a known field. */
export function isMappedField(fields: FieldMap, field: string): boolean {
  if (Object.hasOwn(fields.columns, field)) return true;
  return Object.entries(fields.groups ?? {}).some(
    ([name, { columns }]) => name === field || Object.hasOwn(columns, field),
  );
}
