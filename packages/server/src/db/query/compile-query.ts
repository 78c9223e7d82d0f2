import type { Condition, Query } from "@breakwater/domain/query/index";
import type { RawBuilder, SqlBool } from "kysely";
import { sql } from "kysely";
import { compileTests } from "./compile-tests.ts";
import type { FieldColumn, FieldColumns, FieldMap, RelatedRows } from "./field-map.ts";

type Sql = RawBuilder<unknown>;

/** Where a condition stands: among the columns of the row, or of one element of a group. */
type Scope = { columns: FieldColumns; groups: NonNullable<FieldMap["groups"]> };

/**
 * A checked query as a condition for WHERE: true exactly where the domain's `evaluateQuery` is true, elsewhere false or
 * null. Every value is a parameter. Conditions keep the forms that indexes answer (`= any`, half-open ranges,
 * `&&`); NOT is the only place where two-valued logic is forced (`is not true`).
 */
export function compileQuery(query: Query, fields: FieldMap): RawBuilder<SqlBool> {
  const pieces: Sql[] = [];
  emit(query, { columns: fields.columns, groups: fields.groups ?? {} }, pieces);
  // One flat list: nested builders would recurse several frames for each of up to a thousand levels.
  return sql<SqlBool>`${sql.join(pieces, sql` `)}`;
}

function emit(query: Query, scope: Scope, pieces: Sql[]): void {
  switch (query.kind) {
    case "all":
      pieces.push(sql`true`);
      return;
    case "and":
    case "or":
      query.items.forEach((item, index) => {
        pieces.push(index === 0 ? sql`(` : query.kind === "and" ? sql`and` : sql`or`);
        emit(item, scope, pieces);
      });
      pieces.push(sql`)`);
      return;
    case "not":
      pieces.push(sql`((`);
      emit(query.item, scope, pieces);
      pieces.push(sql`) is not true)`);
      return;
    case "element": {
      const source = lookUp(scope.groups, query.group.name);
      if (source === undefined) {
        pieces.push(sql`false`);
        return;
      }
      pieces.push(sql`exists (select 1 from ${source.from} where ${source.where} and`);
      emit(query.item, { columns: source.columns, groups: {} }, pieces);
      pieces.push(sql`)`);
      return;
    }
    case "condition":
      pieces.push(compileCondition(query, scope));
  }
}

function lookUp<Value>(values: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}

function compileCondition(condition: Condition, scope: Scope): Sql {
  const field = findField(condition, scope);
  if (field === undefined) return sql`false`;
  const { column, rows } = field;
  const { check, isNegated } = condition;
  if (check.kind === "missing") {
    const isPresent = withRows(rows, presence(column));
    return isNegated ? isPresent : sql`(${isPresent} is not true)`;
  }
  const matches = withRows(rows, compileTests(column, check.tests));
  return isNegated ? sql`((${matches}) is not true)` : sql`(${matches})`;
}

type Field = { column: FieldColumn; rows: RelatedRows | undefined };

function findField({ token }: Condition, { columns, groups }: Scope): Field | undefined {
  const column = lookUp(columns, token.field);
  if (column !== undefined) return { column, rows: column.related };
  const source = token.group === undefined ? undefined : lookUp(groups, token.group);
  const inElement = source === undefined ? undefined : lookUp(source.columns, token.field);
  return inElement === undefined ? undefined : { column: inElement, rows: source };
}

function withRows(rows: RelatedRows | undefined, condition: Sql): Sql {
  return rows === undefined
    ? condition
    : sql`exists (select 1 from ${rows.from} where ${rows.where} and (${condition}))`;
}

function presence({ column, isArray }: FieldColumn): Sql {
  if (isArray !== true) return sql`(${column} is not null)`;
  return sql`exists (select 1 from unnest(${column}) as present(value) where present.value is not null)`;
}
