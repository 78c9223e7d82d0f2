import type { Span } from "./ast.ts";
import type { Token, TokenGroup } from "./token-table.ts";

/** Bounds of an interval; null: open. */
export type NumberRange = {
  low: { value: number; isIncluded: boolean } | null;
  high: { value: number; isIncluded: boolean } | null;
};

/** A stretch of time in epoch milliseconds, `from` included, `to` excluded; null: open. */
export type TimeRange = { fromMs: number | null; toMs: number | null };

/** Addresses of one family, both ends included, in canonical text. A single address has equal ends. */
export type AddressRange = { first: string; last: string };

/**
 * What a value must fulfil; several tests of a condition are alternatives. Strings are already folded where `isFolded`
 * says that the stored value is to be folded ({@link foldCase}) before comparing.
 */
export type Test =
  | { kind: "equals"; values: string[]; isFolded: boolean }
  /** Parts of a wildcard pattern ({@link matchesParts}) over the whole value. */
  | { kind: "pattern"; patterns: string[][]; isFolded: boolean }
  /** Some word of the value starts with one of these. */
  | { kind: "word-prefix"; prefixes: string[] }
  /** The words stand side by side in one of these orders. */
  | { kind: "phrase"; phrases: string[][] }
  | { kind: "numbers"; values: number[] }
  | { kind: "number-range"; range: NumberRange }
  | { kind: "booleans"; values: boolean[] }
  | { kind: "times"; ranges: TimeRange[] }
  | { kind: "addresses"; ranges: AddressRange[] };

/** `matches`: some value passes some test. `missing`: there is no value. */
export type Condition = Span & {
  kind: "condition";
  token: Token;
  check: { kind: "matches"; tests: Test[] } | { kind: "missing" };
  /** `!=` and `is not null`: the opposite of the check. */
  isNegated: boolean;
};

/**
 * A checked query. Two-valued: a condition on a record without a value is false and NOT of it true. The data behind a
 * condition may be unknown to a deployment altogether: then the condition is false, negated or not, `is null` included,
 * for nothing is known about the record. NOT of it is true all the same.
 */
export type Query =
  | { kind: "all" }
  | (Span & { kind: "and" | "or"; items: Query[] })
  | (Span & { kind: "not"; item: Query })
  /** Some element of the group fulfils the item. */
  | (Span & { kind: "element"; group: TokenGroup; item: Query })
  | Condition;
