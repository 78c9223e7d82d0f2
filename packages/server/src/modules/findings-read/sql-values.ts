import { type RawBuilder, sql } from "kysely";
import { EPOCH_MS, type Statement } from "./statement.ts";

/** A statement for kysely. */
export function toSql<Row>({ strings, values }: Statement<Row>): RawBuilder<Row> {
  return sql(strings as unknown as TemplateStringsArray, ...values);
}

/** See {@link EPOCH_MS}. */
export function epochMs(time: RawBuilder<unknown>): RawBuilder<number> {
  return sql(EPOCH_MS as unknown as TemplateStringsArray, time);
}
