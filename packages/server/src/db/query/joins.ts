import { type RawBuilder, sql } from "kysely";
import type { SqlHandle } from "../pool.ts";

/**
 * Those joins whose alias the SQL speaks of. PostgreSQL leaves away an outer join that nothing is asked of, but then it
 * no longer sees that an index holds all columns that are left, and reads each row: a page in the middle of two million
 * takes thirty times as long. A wrong guess is either a join too many or an error, never another result.
 *
 * @param joins by alias, in the order in which they build on each other
 */
export function joinsOf(
  db: SqlHandle,
  joins: Readonly<Record<string, RawBuilder<unknown>>>,
  used: readonly RawBuilder<unknown>[],
): RawBuilder<unknown> {
  const { sql: text } = sql`${sql.join(used)}`.compile(db);
  const needed = Object.entries(joins).filter(([alias]) => new RegExp(`(?<![\\w"])"?${alias}"?\\.`).test(text));
  return needed.length === 0
    ? sql``
    : sql.join(
        needed.map(([, join]) => join),
        sql` `,
      );
}
