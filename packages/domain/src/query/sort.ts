import { findNearest } from "./nearest.ts";
import type { QueryError } from "./query-error.ts";
import { excerpt, QueryFailure } from "./query-error.ts";
import type { Token, TokenTable } from "./token-table.ts";
import { findToken, isSortable } from "./token-table.ts";

export type SortDirection = "asc" | "desc";

/** One key of an order, most significant first. */
export type SortKey = { token: Token; direction: SortDirection };

export type ParsedSort = { ok: true; keys: SortKey[] } | { ok: false; error: QueryError };

/** More keys than this never change an order that anybody looks at. */
const maxSortKeys = 16;

/**
 * Reads a `sort` parameter: a JSON array of one-key objects, `[{"asset.name":"desc"},{"asset.risk":"asc"}]`.
 * An empty text or array is no order. Token names are matched without regard to case; a token stands once. Never throws.
 */
export function parseSort(text: string, table: TokenTable): ParsedSort {
  if (text.trim() === "") return { ok: true, keys: [] };
  try {
    return { ok: true, keys: readKeys(text, table) };
  } catch (error) {
    if (error instanceof QueryFailure) return { ok: false, error: error.toQueryError(text) };
    throw error;
  }
}

function readKeys(text: string, table: TokenTable): SortKey[] {
  const reader = new SortReader(text);
  const keys: SortKey[] = [];
  const seen = new Set<string>();
  reader.expect("[");
  while (!reader.accept("]")) {
    if (keys.length > 0) reader.expect(",");
    reader.expect("{");
    const name = reader.string("a token name in quotes");
    const token = resolveSortable(name, table);
    if (seen.has(token.field)) throw sortFailure(name, `${token.name} stands twice in the order.`);
    if (keys.length === maxSortKeys) throw sortFailure(name, `An order has at most ${maxSortKeys} keys.`);
    seen.add(token.field);
    reader.expect(":");
    keys.push({ token, direction: toDirection(reader.string('"asc" or "desc"')) });
    reader.expect("}");
  }
  reader.end();
  return keys;
}

function resolveSortable(name: Literal, table: TokenTable): Token {
  const token = findToken(table, name.text);
  if (token !== undefined && isSortable(table, token)) return token;
  const sortable = table.tokens.filter((candidate) => isSortable(table, candidate)).map((candidate) => candidate.name);
  const suggestion = findNearest(name.text, sortable);
  const hint = suggestion === null ? "" : ` Did you mean "${suggestion}"?`;
  if (token === undefined) {
    const message = `Invalid QQL token "${excerpt(name.text)}" in sort.${hint}`;
    throw new QueryFailure(name, { code: "unknown-token", message, suggestion });
  }
  const message = `${token.name} may have several values in a record, so records cannot be sorted by it.${hint}`;
  throw new QueryFailure(name, { code: "not-allowed-here", message, suggestion });
}

function toDirection(literal: Literal): SortDirection {
  const direction = literal.text.toLowerCase();
  if (direction === "asc" || direction === "desc") return direction;
  const message = `The direction of an order is "asc" or "desc", not "${excerpt(literal.text)}".`;
  throw sortFailure(literal, message, ['"asc"', '"desc"']);
}

type Literal = { text: string; from: number; to: number };

function sortFailure(span: { from: number; to: number }, message: string, expected: string[] = []): QueryFailure {
  return new QueryFailure(span, { code: "syntax", message, expected });
}

/** Reads the one shape of JSON that an order has, keeping positions, which JSON.parse does not give. */
class SortReader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipBlanks();
  }

  accept(sign: string): boolean {
    if (this.#text[this.#offset] !== sign) return false;
    this.#offset += 1;
    this.#skipBlanks();
    return true;
  }

  expect(sign: string): void {
    if (!this.accept(sign)) throw this.#unexpected(`"${sign}"`);
  }

  string(wanted: string): Literal {
    const pattern = /"(?:[^"\\]|\\.)*"/y;
    pattern.lastIndex = this.#offset;
    const literal = pattern.exec(this.#text)?.[0];
    if (literal === undefined) throw this.#unexpected(wanted);
    const from = this.#offset;
    this.#offset += literal.length;
    const to = this.#offset;
    this.#skipBlanks();
    try {
      return { text: JSON.parse(literal) as string, from, to };
    } catch {
      throw sortFailure({ from, to }, "This is not a JSON string.", [wanted]);
    }
  }

  end(): void {
    if (this.#offset < this.#text.length) throw this.#unexpected("the end of sort");
  }

  #skipBlanks(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#offset] ?? "")) this.#offset += 1;
  }

  #unexpected(wanted: string): QueryFailure {
    const rest = this.#text.slice(this.#offset, this.#offset + 20);
    const found = rest === "" ? "it ends too early" : `found "${excerpt(rest)}"`;
    const message = `sort is a JSON array such as [{"name":"desc"}]: expected ${wanted}, ${found}.`;
    return sortFailure({ from: this.#offset, to: this.#offset }, message, [wanted]);
  }
}
