import { type RawBuilder, sql } from "kysely";

/**
 * Epoch milliseconds of a time, as bigint; halves are rounded up, as `BinaryRows.timeMs` does. `date_part`, because
 * `extract` computes in numeric at ten times the cost; in whole microseconds, which a double holds exactly.
 */
export function epochMs(time: RawBuilder<unknown>): RawBuilder<number> {
  return sql`floor((round(date_part('epoch', ${time}) * 1000000) + 500) / 1000)::bigint`;
}
