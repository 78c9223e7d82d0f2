import { checkQuery } from "./check-query.ts";
import type { Query } from "./query.ts";
import type { QueryError } from "./query-error.ts";
import { QueryFailure } from "./query-error.ts";
import { readSyntax } from "./read-syntax.ts";
import type { TokenTable } from "./token-table.ts";

export type ParsedQuery = { ok: true; query: Query } | { ok: false; error: QueryError };

/**
 * Text to a checked query. Never throws, whatever the text. A text without content matches every record.
 *
 * @param now what `now`, `now-3M` and so on stand for; the answer holds fixed times, so parse a stored query anew.
 */
export function parseQuery(text: string, table: TokenTable, now: Date): ParsedQuery {
  try {
    const syntax = readSyntax(text);
    return { ok: true, query: syntax === null ? { kind: "all" } : checkQuery(syntax, table, now) };
  } catch (error) {
    if (error instanceof QueryFailure) return { ok: false, error: error.toQueryError(text) };
    throw error;
  }
}
