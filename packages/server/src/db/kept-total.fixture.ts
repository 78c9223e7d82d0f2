import { sql } from "kysely";
import { COUNTED_TABLES, type CountedTable, keptTotal } from "./kept-total.ts";
import type { SqlHandle } from "./pool.ts";

/** Of all subscriptions: totals that are not those of the rows that the same statement counts. */
export async function findWrongTotals(
  db: SqlHandle,
): Promise<{ table: CountedTable; subscriptionId: number; kept: number; counted: number }[]> {
  const { rows: subscriptions } = await sql<{ id: number }>`SELECT id FROM subscription`.execute(db);
  const compared = subscriptions.flatMap(({ id }) =>
    COUNTED_TABLES.map(
      (table) => sql`SELECT ${table}::text AS "table", ${id}::int AS "subscriptionId", ${keptTotal(table, id)} AS kept,
        (SELECT count(*) FROM ${sql.table(table)} WHERE subscription_id = ${id}) AS counted`,
    ),
  );
  if (compared.length === 0) return [];
  const { rows } = await sql<{ table: CountedTable; subscriptionId: number; kept: number; counted: number }>`
    SELECT * FROM (${sql.join(compared, sql` UNION ALL `)}) x WHERE kept <> counted`.execute(db);
  return rows;
}
