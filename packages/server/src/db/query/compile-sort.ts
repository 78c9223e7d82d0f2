import type { SortDirection, SortKey } from "@breakwater/domain/query/index";
import type { RawBuilder } from "kysely";
import { sql } from "kysely";
import type { ColumnKind, FieldMap } from "./field-map.ts";

/** One term of an order, for keyset paging. */
export type SortTerm = {
  column: RawBuilder<unknown>;
  direction: SortDirection;
  kind: ColumnKind;
  /** The column is never missing. */
  isRequired: boolean;
  /** See {@link FieldColumn.atMost}. Only of an order from the greatest by this column alone. */
  atMost?: RawBuilder<unknown> | undefined;
};

/** An order as terms and as what follows ORDER BY. */
export type CompiledSort = { terms: readonly SortTerm[]; orderBy: RawBuilder<unknown> };

const OPPOSITE = { asc: "desc", desc: "asc" } as const;

/**
 * A total order: the keys whose data there is, then the unique column. Missing values count as the greatest, which is
 * what a plain index gives in both directions; the unique column goes the way of the last key, so that one index on
 * (key, id) serves both.
 */
export function compileSort(
  keys: readonly SortKey[],
  fields: FieldMap,
  idTiebreaker: RawBuilder<unknown>,
  idKind: ColumnKind = "integer",
): CompiledSort {
  const known = keys.flatMap(({ token, direction }) => {
    const field = Object.hasOwn(fields.columns, token.field) ? fields.columns[token.field] : undefined;
    return field === undefined || ((field.isArray || field.related) && !field.rank) ? [] : [{ field, direction }];
  });
  const terms = known.map(({ field, direction }, index): SortTerm => {
    const from = index === known.length - 1 ? field.countsFrom : undefined;
    const { column, kind, isRequired = false } = from ?? field.rank ?? field;
    const atMost = known.length === 1 && direction === "desc" ? field.atMost : undefined;
    return { column, direction: from ? OPPOSITE[direction] : direction, kind, isRequired, atMost };
  });
  const direction = terms.at(-1)?.direction ?? "asc";
  terms.push({ column: idTiebreaker, direction, kind: idKind, isRequired: true });
  const list = terms.map(({ column, direction }) => (direction === "asc" ? sql`${column} asc` : sql`${column} desc`));
  return { terms, orderBy: sql`${sql.join(list, sql`, `)}` };
}
