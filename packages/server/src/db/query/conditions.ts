import type { RawBuilder } from "kysely";
import { sql } from "kysely";

type Sql = RawBuilder<unknown>;

/** Alternatives; false when there are none. */
export function anyOf(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return sql`false`;
  return conditions.length === 1 ? conditions[0]! : sql`(${sql.join(conditions, sql` or `)})`;
}

/** Applies a condition on one value to a column: to the value itself or to some element of the array. */
export function onValues(column: Sql, isArray: boolean | undefined, condition: (value: Sql) => Sql): Sql {
  if (isArray !== true) return condition(column);
  return sql`exists (select 1 from unnest(${column}) as element(value) where ${condition(sql`element.value`)})`;
}

/** `value = $1`, or `= any($1)` for several. */
export function equalsAny(value: Sql, values: readonly unknown[], type: Sql): Sql {
  const distinct = [...new Set(values)];
  if (distinct.length === 1) return sql`${value} = ${sql.val(distinct[0])}::${type}`;
  return sql`${value} = any(${sql.val(distinct)}::${type}[])`;
}
