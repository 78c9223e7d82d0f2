/** What the text of a query says, before its tokens and values are looked at. Offsets count UTF-16 code units from 0. */

/** A stretch of the query text, end excluded. */
export type Span = { from: number; to: number };

/** How a value was written, which decides how text is compared. */
export type Quoting = "bare" | "double" | "single" | "backtick";

/** One value, without its quotes and escapes. */
export type ValueSyntax = Span & { quoting: Quoting; text: string };

export type Comparator = "=" | "!=" | ">" | ">=" | "<" | "<=";

/** What stands to the right of a token. */
export type OperandSyntax =
  | (Span & { kind: "match"; value: ValueSyntax })
  | (Span & { kind: "match-any"; values: ValueSyntax[] })
  | (Span & { kind: "range"; low: ValueSyntax; high: ValueSyntax; endsIncluded: boolean })
  | (Span & { kind: "comparison"; comparator: Comparator; values: ValueSyntax[]; isList: boolean })
  | (Span & { kind: "null-test"; isNegated: boolean })
  | (Span & { kind: "group"; item: QuerySyntax });

/** A query as written. Chains of AND and of OR are flat; parentheses have left no node. */
export type QuerySyntax =
  | (Span & { kind: "and" | "or"; items: QuerySyntax[] })
  | (Span & { kind: "not"; item: QuerySyntax })
  | (Span & { kind: "condition"; token: Span & { text: string }; operand: OperandSyntax });
