import type { QuerySyntax } from "./ast.ts";
import { checkCondition } from "./check-condition.ts";
import { findNearest } from "./nearest.ts";
import type { Query } from "./query.ts";
import { excerpt, QueryFailure } from "./query-error.ts";
import type { ForeignTokens, Token, TokenGroup, TokenTable } from "./token-table.ts";
import { childNames, elementsAround, findGroup, findPrefix, findToken, isWithin, parentNames } from "./token-table.ts";

/**
 * Where a condition stands: in a table's query and, in there, perhaps inside `parent:( … )`, whose conditions may be on one
 * element of several.
 */
type Scope = { table: TokenTable; parent: string | null; elements: TokenGroup | null; now: Date };

/** Resolves tokens and checks values. Throws {@link QueryFailure}. Recursion is bounded by the limit on levels. */
export function checkQuery(syntax: QuerySyntax, table: TokenTable, now: Date): Query {
  return check(syntax, { table, parent: null, elements: null, now });
}

function check(syntax: QuerySyntax, scope: Scope): Query {
  const { from, to } = syntax;
  if (syntax.kind === "not") return { kind: "not", item: check(syntax.item, scope), from, to };
  if (syntax.kind !== "condition") {
    return { kind: syntax.kind, items: syntax.items.map((item) => check(item, scope)), from, to };
  }
  const { token: name, operand } = syntax;
  if (operand.kind === "group") {
    const parent = resolveParent(name, scope);
    const elements = elementsAround(scope.table, parent) ?? null;
    const item = check(operand.item, { ...scope, parent, elements });
    // Inside of an element there is only that one.
    return elements === null || scope.elements !== null ? item : { kind: "element", group: elements, item, from, to };
  }
  return checkCondition(resolveToken(name, scope), operand, syntax, scope.now);
}

type Name = { text: string; from: number; to: number };

function resolveToken(name: Name, { table, parent }: Scope): Token {
  if (parent !== null) {
    const token = findToken(table, `${parent}.${name.text}`) ?? findToken(table, name.text);
    if (token !== undefined && isWithin(token.name, parent)) return token;
    throw unknownChild(name, table, parent, token !== undefined);
  }
  const token = findToken(table, name.text);
  if (token !== undefined) return token;
  const asParent = findPrefix(table, name.text);
  if (asParent === undefined) throw unknownToken(name, table);
  const example = findGroup(table, asParent)?.example ?? `${asParent}.${childNames(table, asParent)[0]}`;
  const message = `${asParent} has several parts: write ${example}.`;
  throw new QueryFailure(name, { code: "not-allowed-here", message, expected: [`${asParent}:( … )`] });
}

function resolveParent(name: Name, { table, parent: outer }: Scope): string {
  if (outer !== null) {
    const parent = findPrefix(table, `${outer}.${name.text}`) ?? findPrefix(table, name.text);
    if (parent !== undefined && isWithin(parent, outer)) return parent;
    const message = `${excerpt(name.text)}:( … ) cannot stand inside ${outer}:( … ).`;
    throw new QueryFailure(name, { code: "not-allowed-here", message, expected: childNames(table, outer) });
  }
  const parent = findPrefix(table, name.text);
  if (parent !== undefined) return parent;
  const expected = parentNames(table);
  const token = findToken(table, name.text);
  if (token === undefined) throw unknownParent(name, table, expected);
  const message = `${token.name} has no parts; conditions in parentheses need one of the groups.`;
  throw new QueryFailure(name, { code: "not-allowed-here", message, expected });
}

function unknownParent(name: Name, table: TokenTable, expected: readonly string[]): QueryFailure {
  const suggestion = findNearest(name.text, expected);
  if (suggestion === null || findForeign(name, table) !== undefined) return unknownToken(name, table);
  const message = `Invalid QQL token "${excerpt(name.text)}". Did you mean "${suggestion}:( … )"?`;
  return new QueryFailure(name, { code: "unknown-token", message, suggestion });
}

/** Another kind of query that has the name, as a token or as the beginning of some. */
function findForeign(name: Name, table: TokenTable): ForeignTokens | undefined {
  const wanted = name.text.toLowerCase();
  const isMeant = (token: Token) =>
    token.name.toLowerCase() === wanted || token.name.toLowerCase().startsWith(`${wanted}.`);
  return table.foreign.find(({ tokens }) => tokens.some(isMeant));
}

function unknownToken(name: Name, table: TokenTable): QueryFailure {
  const message = `Invalid QQL token "${excerpt(name.text)}".`;
  const foreign = findForeign(name, table);
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

function unknownChild(name: Name, table: TokenTable, parent: string, isElsewhere: boolean): QueryFailure {
  const children = childNames(table, parent);
  const suggestion = findNearest(name.text, children);
  const place = `inside ${parent}:( … )`;
  const hint = suggestion === null ? "" : ` Did you mean "${suggestion}"?`;
  const code = isElsewhere ? "not-allowed-here" : "unknown-token";
  const message = `Invalid QQL token "${excerpt(name.text)}" ${place}.${hint}`;
  return new QueryFailure(name, { code, message, expected: children, suggestion });
}
