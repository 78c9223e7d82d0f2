import { type RawBuilder, sql } from "kysely";

/** Tables whose rows are counted as they come and go (migration 0019). */
export const COUNTED_TABLES = ["asset", "finding", "ot_detection", "ot_host"] as const;
export type CountedTable = (typeof COUNTED_TABLES)[number];

/** How many rows a subscription has in a table: those that the statement would see, without reading them. */
export function keptTotal(table: CountedTable, subscriptionId: number): RawBuilder<number> {
  return sql<number>`(SELECT coalesce(sum(t.rows), 0)::bigint FROM row_total t
    WHERE t.counted = ${sql.lit(table)} AND t.subscription_id = ${subscriptionId})`;
}
