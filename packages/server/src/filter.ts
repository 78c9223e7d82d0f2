import { AppError } from "@breakwater/contract";
import {
  parseQuery,
  parseSort,
  type Query,
  type QueryError,
  type SortKey,
  type TokenTable,
} from "@breakwater/domain/query/index";

/**
 * A query from a request, checked.
 *
 * @param nowMs what `now` means in it
 * @param name the parameter it came in, for the message
 * @throws AppError `invalid-query` with position, what was expected and the nearest token
 */
export function readFilter(text: string | undefined, table: TokenTable, nowMs: number, name: string): Query {
  const parsed = parseQuery(text ?? "", table, new Date(nowMs));
  if (!parsed.ok) throw new AppError("invalid-query", describe(parsed.error, name));
  return parsed.query;
}

/**
 * The `sort` parameter, checked.
 *
 * @throws AppError `invalid-sort` with position and the nearest token
 */
export function readSort(text: string | undefined, table: TokenTable): readonly SortKey[] {
  const parsed = parseSort(text ?? "", table);
  if (!parsed.ok) throw new AppError("invalid-sort", describe(parsed.error, "sort"));
  return parsed.keys;
}

function describe(error: QueryError, name: string): string {
  const hint =
    error.suggestion === null || error.message.includes(error.suggestion) ? "" : ` Nearest: ${error.suggestion}.`;
  const isSaid = error.expected.every((one) => error.message.includes(one));
  const expected = isSaid ? "" : ` Expected ${error.expected.join(" or ")}.`;
  return `${name}, line ${error.line}, column ${error.column}: ${error.message}${expected}${hint}`;
}
