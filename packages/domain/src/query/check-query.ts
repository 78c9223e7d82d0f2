import type { QuerySyntax } from "./ast.ts";
import { checkCondition } from "./check-condition.ts";
import { findNearest } from "./nearest.ts";
import type { Query } from "./query.ts";
import { excerpt, QueryFailure } from "./query-error.ts";
import type { Token, TokenGroup, TokenTable } from "./token-table.ts";
import { childNames, findGroup, findToken } from "./token-table.ts";

/** Where a condition stands: in a table's query and, in there, perhaps inside `group:( … )`. */
type Scope = { table: TokenTable; group: TokenGroup | null; now: Date };

/** Resolves tokens and checks values. Throws {@link QueryFailure}. Recursion is bounded by the limit on levels. */
export function checkQuery(syntax: QuerySyntax, table: TokenTable, now: Date): Query {
  return check(syntax, { table, group: null, now });
}

function check(syntax: QuerySyntax, scope: Scope): Query {
  const { from, to } = syntax;
  if (syntax.kind === "not") return { kind: "not", item: check(syntax.item, scope), from, to };
  if (syntax.kind !== "condition") {
    return { kind: syntax.kind, items: syntax.items.map((item) => check(item, scope)), from, to };
  }
  const { token: name, operand } = syntax;
  if (operand.kind === "group") {
    const group = resolveGroup(name, scope);
    const item = check(operand.item, { ...scope, group });
    return group.kind === "record" ? item : { kind: "element", group, item, from, to };
  }
  return checkCondition(resolveToken(name, scope), operand, syntax, scope.now);
}

type Name = { text: string; from: number; to: number };

function resolveToken(name: Name, { table, group }: Scope): Token {
  if (group !== null) {
    const token = findToken(table, `${group.name}.${name.text}`) ?? findToken(table, name.text);
    if (token?.group === group.name) return token;
    throw unknownChild(name, table, group, token);
  }
  const token = findToken(table, name.text);
  if (token !== undefined) return token;
  const asGroup = findGroup(table, name.text);
  if (asGroup === undefined) throw unknownToken(name, table);
  const message = `${asGroup.name} has several parts: write ${asGroup.example}.`;
  throw new QueryFailure(name, { code: "not-allowed-here", message, expected: [`${asGroup.name}:( … )`] });
}

function resolveGroup(name: Name, { table, group: outer }: Scope): TokenGroup {
  const group = findGroup(table, name.text);
  if (group !== undefined && outer === null) return group;
  if (outer !== null) {
    const message = `${excerpt(name.text)}:( … ) cannot stand inside ${outer.name}:( … ).`;
    throw new QueryFailure(name, { code: "not-allowed-here", message, expected: childNames(table, outer) });
  }
  const token = findToken(table, name.text);
  if (token === undefined) throw unknownToken(name, table);
  const message = `${token.name} has no parts; conditions in parentheses need one of the groups.`;
  const expected = table.groups.map((candidate) => candidate.name);
  throw new QueryFailure(name, { code: "not-allowed-here", message, expected });
}

function unknownToken(name: Name, table: TokenTable): QueryFailure {
  const wanted = name.text.toLowerCase();
  const message = `Invalid QQL token "${excerpt(name.text)}".`;
  const foreign = table.foreign.find(({ tokens }) => tokens.some((token) => token.name.toLowerCase() === wanted));
  if (foreign !== undefined) {
    return new QueryFailure(name, { code: "not-allowed-here", message: `${message} ${foreign.message}` });
  }
  const groups = table.groups.filter(({ kind }) => kind === "elements");
  const suggestion = findNearest(
    name.text,
    [...table.tokens, ...groups].map((candidate) => candidate.name),
  );
  const hint = suggestion === null ? "" : ` Did you mean "${suggestion}"?`;
  return new QueryFailure(name, { code: "unknown-token", message: message + hint, suggestion });
}

function unknownChild(name: Name, table: TokenTable, group: TokenGroup, elsewhere: Token | undefined): QueryFailure {
  const children = childNames(table, group);
  const suggestion = findNearest(name.text, children);
  const place = `inside ${group.name}:( … )`;
  const hint = suggestion === null ? "" : ` Did you mean "${suggestion}"?`;
  const code = elsewhere === undefined ? "unknown-token" : "not-allowed-here";
  const message = `Invalid QQL token "${excerpt(name.text)}" ${place}.${hint}`;
  return new QueryFailure(name, { code, message, expected: children, suggestion });
}
