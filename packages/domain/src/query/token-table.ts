/**
 * - `text`: prose and names, searched by words. `keyword`: codes, compared as a whole.
 * - `address`: IPv4 or IPv6. `mac`: lower case, colon separated.
 */
export type TokenType = "text" | "keyword" | "integer" | "number" | "boolean" | "date" | "address" | "mac";

/** One name that a query may use. */
export type Token = {
  /** Full name, matched without regard to case. */
  name: string;
  type: TokenType;
  /** Logical field: the key under which a deployment says where the data is. */
  field: string;
  documentation: string;
  example: string;
  /** Name of the {@link TokenGroup} whose elements carry it. */
  group?: string;
  /** A record may have several values (outside of groups too). Not sortable. */
  isMultiple?: boolean;
  /** Usual values of a keyword, spelled as stored. Others are valid and match when stored so. */
  values?: readonly string[];
  /** Case in which values are stored; what is typed is brought to it, so that comparison can be exact. */
  storedCase?: "upper" | "lower";
  /** Words that stand for numbers. */
  numberWords?: Readonly<Record<string, number>>;
};

/** A name before `:( … )`. */
export type TokenGroup = {
  /** Also the logical field of the elements. */
  name: string;
  /** `elements`: one of several parts of the record must fulfil all of it. `record`: the record itself, a common prefix. */
  kind: "elements" | "record";
  documentation: string;
  example: string;
};

/** Tokens of another kind of query, so that using one here gets a better answer than "unknown". */
export type ForeignTokens = { tokens: readonly Token[]; message: string };

/** All that may stand in one kind of query. */
export type TokenTable = {
  id: string;
  title: string;
  description: string;
  tokens: readonly Token[];
  groups: readonly TokenGroup[];
  foreign: readonly ForeignTokens[];
};

type Index = {
  tokens: ReadonlyMap<string, Token>;
  groups: ReadonlyMap<string, TokenGroup>;
  prefixes: ReadonlyMap<string, string>;
};

const indexes = new WeakMap<TokenTable, Index>();

function indexOf(table: TokenTable): Index {
  let index = indexes.get(table);
  if (index === undefined) {
    index = {
      tokens: new Map(table.tokens.map((token) => [token.name.toLowerCase(), token])),
      groups: new Map(table.groups.map((group) => [group.name.toLowerCase(), group])),
      prefixes: new Map(table.tokens.flatMap(({ name }) => prefixesOf(name)).map((name) => [name.toLowerCase(), name])),
    };
    indexes.set(table, index);
  }
  return index;
}

/** The token of that name in any case. */
export function findToken(table: TokenTable, name: string): Token | undefined {
  return indexOf(table).tokens.get(name.toLowerCase());
}

/** The group of that name in any case. */
export function findGroup(table: TokenTable, name: string): TokenGroup | undefined {
  return indexOf(table).groups.get(name.toLowerCase());
}

/** The first parts of a dotted name: `a` and `a.b` of `a.b.c`. */
function prefixesOf(name: string): string[] {
  const parts = name.split(".");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("."));
}

/** What several tokens of the table begin with, up to a dot; in any case. */
export function findPrefix(table: TokenTable, name: string): string | undefined {
  return indexOf(table).prefixes.get(name.toLowerCase());
}

/** All names that may stand before `:( … )`. */
export function parentNames(table: TokenTable): string[] {
  return [...new Set([...table.groups.map(({ name }) => name), ...indexOf(table).prefixes.values()])];
}

/** The group of several elements that the name is part of, if it is. */
export function elementsAround(table: TokenTable, name: string): TokenGroup | undefined {
  return [name, ...prefixesOf(name)]
    .map((prefix) => findGroup(table, prefix))
    .find((group) => group?.kind === "elements");
}

/** Whether records can be ordered by the token: it has at most one value in a record. */
export function isSortable(table: TokenTable, token: Token): boolean {
  if (token.isMultiple === true) return false;
  return token.group === undefined || findGroup(table, token.group)?.kind === "record";
}

/** The names valid inside `parent:( … )`: without its prefix. */
export function childNames(table: TokenTable, parent: string): string[] {
  return table.tokens.flatMap(({ name }) => (isWithin(name, parent) ? [name.slice(parent.length + 1)] : []));
}

/** Whether a token's full name begins with the parent's. */
export function isWithin(name: string, parent: string): boolean {
  return name.startsWith(`${parent}.`);
}

type TokenExtras = Omit<Token, "name" | "type" | "field" | "documentation" | "example"> & { field?: string };

/** A row of a token table. Unless given, the logical field has the token's name. */
export function token(
  name: string,
  type: TokenType,
  documentation: string,
  example: string,
  extras: TokenExtras = {},
): Token {
  return { name, type, field: name, documentation, example, ...extras };
}
