import { type RawBuilder, sql } from "kysely";

/** Epoch milliseconds of a time, as bigint. `date_part`, because `extract` computes in numeric at ten times the cost. */
export function epochMs(time: RawBuilder<unknown>): RawBuilder<number> {
  return sql`round(date_part('epoch', ${time}) * 1000)::bigint`;
}
