import type { Span } from "./ast.ts";

/**
 * Why a query was refused.
 * - `syntax`: not a sentence of the grammar; `bare-text`: a word without a token; `unknown-token`: no such token here;
 * - `not-allowed-here`: a token of another kind of query, or outside its group; `type`: a value the token cannot have;
 * - `too-long`, `too-deep`, `too-many-items`: over a limit of {@link queryLimits}.
 */
export type QueryErrorCode =
  | "syntax"
  | "unknown-token"
  | "type"
  | "too-deep"
  | "too-long"
  | "too-many-items"
  | "bare-text"
  | "not-allowed-here";

/** A refused query: what is wrong, where, and what would have been right. */
export type QueryError = {
  code: QueryErrorCode;
  /** One or two sentences; the position is not repeated in it. */
  message: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 code units. */
  column: number;
  /** From 0, in UTF-16 code units. */
  offset: number;
  /** What could have stood there, for people: `a value`, `":"`, `AND`. May be empty. */
  expected: string[];
  /** The nearest valid token name, or null. */
  suggestion: string | null;
};

/** What a query may be at most. */
export const queryLimits = {
  /** Of the text in UTF-8. */
  maxBytes: 64 * 1024,
  /** AND, OR and NOT on the way from the whole query to a condition; a chain of n words counts n. Parentheses likewise. */
  maxLevels: 1000,
  /** Values of one list. */
  maxListItems: 10_000,
} as const;

type ErrorDetail = { code: QueryErrorCode; message: string; expected?: string[]; suggestion?: string | null };

/** Carries a {@link QueryError} from where it is found to the parser's entry, which returns it. Never leaves this folder. */
export class QueryFailure extends Error {
  readonly span: Span;
  readonly detail: ErrorDetail;

  constructor(span: Span, detail: ErrorDetail) {
    super(detail.message);
    this.span = span;
    this.detail = detail;
  }

  toQueryError(text: string): QueryError {
    const { code, message, expected = [], suggestion = null } = this.detail;
    return { code, message, ...positionAt(text, this.span.from), expected, suggestion };
  }
}

/** Line and column (from 1) of an offset into the text. */
export function positionAt(text: string, offset: number): { line: number; column: number; offset: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1, offset };
}

/** The text for a message: on one line, at most 60 characters. */
export function excerpt(text: string): string {
  const flat = text.replace(/\s+/g, " ").trim();
  return flat.length > 60 ? `${flat.slice(0, 57).replace(/[\ud800-\udbff]$/, "")}...` : flat;
}
