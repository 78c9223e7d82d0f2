import { type RawBuilder, sql } from "kysely";

/** JSON text of a text column: quoted and escaped, or `null`. */
export function jsonText(column: string): RawBuilder<string> {
  return sql`coalesce(to_json(${sql.ref(column)})::text, 'null')`;
}

/** JSON text of a number or boolean column. */
export function jsonScalar(column: string): RawBuilder<string> {
  return sql`coalesce(${sql.ref(column)}::text, 'null')`;
}

/** Epoch milliseconds of a time, as bigint. `date_part`, because `extract` computes in numeric at ten times the cost. */
export function epochMs(time: RawBuilder<unknown>): RawBuilder<number> {
  return sql`round(date_part('epoch', ${time}) * 1000)::bigint`;
}

/** JSON text of a time. */
export function jsonTime(time: RawBuilder<unknown>): RawBuilder<string> {
  return sql`coalesce(${epochMs(time)}::text, 'null')`;
}

/**
 * Text that no spreadsheet takes for a formula: where it begins with a character that starts one, an apostrophe goes
 * before it (OWASP, "CSV Injection"; the full-width forms and line feed included). Null stays null.
 */
export function spreadsheetText(text: RawBuilder<unknown>): RawBuilder<string> {
  const starters = [..."=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"].map((character) => sql.lit(character.codePointAt(0)));
  return sql`(SELECT CASE WHEN ascii(v.t) IN (${sql.join(starters)}) THEN '''' || v.t ELSE v.t END FROM (SELECT ${text}::text AS t) v)`;
}
