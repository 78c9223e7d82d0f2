import type { AddressRange, NumberRange, Test, TimeRange } from "@breakwater/domain/query/index";
import type { RawBuilder } from "kysely";
import { sql } from "kysely";
import { compileText } from "./compile-text.ts";
import { anyOf, equalsAny, onValues } from "./conditions.ts";
import type { ColumnKind, FieldColumn } from "./field-map.ts";

type Sql = RawBuilder<unknown>;

/** Whether some value of the column passes some of the tests; may be null instead of false. */
export function compileTests(column: FieldColumn, tests: readonly Test[]): Sql {
  return anyOf(tests.map((test) => compileTest(column, test)));
}

function compileTest(field: FieldColumn, test: Test): Sql {
  const { column, isArray } = field;
  switch (test.kind) {
    case "equals":
    case "pattern":
    case "word-prefix":
    case "phrase":
      return compileText(field, test);
    case "numbers": {
      const type = numberType(field.kind, test.values);
      return onValues(column, isArray, (value) => equalsAny(value, test.values, type));
    }
    case "number-range":
      return onValues(column, isArray, (value) => inNumberRange(value, test.range, field.kind));
    case "booleans": {
      const { holds } = field;
      if (holds) return anyOf([...new Set(test.values)].map((value) => (value ? holds.true : holds.false)));
      return onValues(column, isArray, (value) => equalsAny(value, test.values, sql`boolean`));
    }
    case "times":
      return onValues(column, isArray, (value) => anyOf(test.ranges.map((range) => inTimeRange(value, range, field))));
    case "addresses":
      return inAddresses(field, test.ranges);
  }
}

/** A cast that keeps the comparison in the column's own operator family, and so in its index. */
function numberType(kind: ColumnKind, values: readonly number[]): Sql {
  if (kind === "float") return sql`float8`;
  return kind === "integer" && values.every(Number.isSafeInteger) ? sql`bigint` : sql`numeric`;
}

function inNumberRange(value: Sql, { low, high }: NumberRange, kind: ColumnKind): Sql {
  const bounds: Sql[] = [];
  for (const [bound, inclusive, exclusive] of [
    [low, sql`>=`, sql`>`],
    [high, sql`<=`, sql`<`],
  ] as const) {
    if (bound === null) continue;
    const type = numberType(kind, [bound.value]);
    bounds.push(sql`${value} ${bound.isIncluded ? inclusive : exclusive} ${sql.val(bound.value)}::${type}`);
  }
  return allOf(bounds, value);
}

function inTimeRange(value: Sql, { fromMs, toMs }: TimeRange, { kind, isSince }: FieldColumn): Sql {
  const bounds: Sql[] = [];
  const [from, to] = [fromMs, toMs].map((timeMs) => (timeMs === null ? null : instant(timeMs, kind)));
  if (from) bounds.push(isSince ? isSince(from) : sql`${value} >= ${from}`);
  if (to) bounds.push(isSince ? sql`NOT ${isSince(to)}` : sql`${value} < ${to}`);
  return allOf(bounds, value);
}

function instant(timeMs: number, kind: ColumnKind): Sql {
  if (kind === "epoch-ms") return sql`${sql.val(timeMs)}::bigint`;
  // The end of the year 9999 is written "+010000-…" by JavaScript, which PostgreSQL does not read.
  return sql`${sql.val(new Date(timeMs).toISOString().replace(/^\+0?/, ""))}::timestamptz`;
}

function allOf(bounds: readonly Sql[], value: Sql): Sql {
  return bounds.length === 0 ? sql`${value} is not null` : sql`(${sql.join(bounds, sql` and `)})`;
}

/** Ranges compare by `>=` and `<=`, which a btree answers; both ends are of one family, and families do not mix in order. */
function inAddresses({ column, isArray }: FieldColumn, ranges: readonly AddressRange[]): Sql {
  const single = ranges.filter(({ first, last }) => first === last).map(({ first }) => first);
  const wide = ranges.filter(({ first, last }) => first !== last);
  const alternatives: Sql[] = [];
  if (single.length > 0) {
    const isOneOf = isArray
      ? sql`${column} && ${sql.val([...new Set(single)])}::inet[]`
      : equalsAny(column, single, sql`inet`);
    alternatives.push(isOneOf);
  }
  if (wide.length > 0) {
    const within = ({ first, last }: AddressRange, value: Sql) =>
      sql`(${value} >= ${sql.val(first)}::inet and ${value} <= ${sql.val(last)}::inet)`;
    alternatives.push(onValues(column, isArray, (value) => anyOf(wide.map((range) => within(range, value)))));
  }
  return anyOf(alternatives);
}
