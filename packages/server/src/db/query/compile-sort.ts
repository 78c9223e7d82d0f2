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
};

/** An order as terms and as what follows ORDER BY. */
export type CompiledSort = { terms: readonly SortTerm[]; orderBy: RawBuilder<unknown> };

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
  const terms: SortTerm[] = [];
  for (const { token, direction } of keys) {
    const field = Object.hasOwn(fields.columns, token.field) ? fields.columns[token.field] : undefined;
    if (field === undefined || field.isArray === true || field.related !== undefined) continue;
    terms.push({ column: field.column, direction, kind: field.kind, isRequired: field.isRequired ?? false });
  }
  const direction = terms.at(-1)?.direction ?? "asc";
  terms.push({ column: idTiebreaker, direction, kind: idKind, isRequired: true });
  const list = terms.map(({ column, direction }) => (direction === "asc" ? sql`${column} asc` : sql`${column} desc`));
  return { terms, orderBy: sql`${sql.join(list, sql`, `)}` };
}
