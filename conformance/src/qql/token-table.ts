import type { Kind, Value } from "./token-cases.ts";

/** A token that the product has data for: its type and the values that a record shows. */
export type Answered<Record> = {
  kind: Kind;
  valuesOf: (record: Record) => readonly Value[];
  /** The records are alike in it, or too few to differ: one value is asked for. */
  isUniform?: boolean;
};

/** How one kind of record is listed, and what its tokens mean over what is listed. */
export type Table<Rec> = {
  name: string;
  list: string;
  pageSize: number;
  recordsOf: (body: unknown) => Rec[];
  idOf: (record: Rec) => string;
  /** The records with what only their own pages, and others, tell. */
  complete: (records: Rec[], read: <Body>(path: string) => Promise<Body>, nowMs: number) => Promise<Rec[]>;
  /** The names of qql.md 2. */
  page: readonly string[];
  answered: Readonly<{ [token: string]: Answered<Rec> }>;
  /** Valid, and nothing here has the data: why. */
  unanswered: Readonly<{ [token: string]: string }>;
  /** Dates by the clock of the database, which tests do not set: no record shows them. */
  ofWallClock?: readonly string[];
  /** Several sources may tell several values; an order goes by the first of them. */
  toldBySources?: readonly string[];
  /** Groups: parent:(child:v and child2:w). */
  elements: readonly { query: string; matches: (record: Rec) => boolean }[];
};

type Maybe = Value | null | undefined;
type Reader<Rec> = (record: Rec) => Maybe | readonly Maybe[];

/** How a record shows a token's values. */
export function answered<Rec>(kind: Kind, read: Reader<Rec>, isUniform = false): Answered<Rec> {
  const valuesOf = (record: Rec) => {
    const value = read(record);
    const list: readonly Maybe[] = Array.isArray(value) ? value : [value as Maybe];
    return list.filter((one): one is Value => one !== null && one !== undefined);
  };
  return { kind, valuesOf, ...(isUniform ? { isUniform } : {}) };
}

/** `a.{b,c}` is a.b and a.c; `x1..3` is x1, x2, x3. */
export function expand(names: string, prefix = ""): string[] {
  return names.split(/\s+/).flatMap((name) => {
    const [, before = "", inside = "", after = ""] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(name) ?? [];
    if (inside !== "") return inside.split(",").flatMap((one) => expand(before + one + after, prefix));
    const [, stem, first, last] = /^(.*?)(\d)\.\.(\d)$/.exec(name) ?? [];
    if (stem === undefined) return [prefix + name];
    return Array.from(
      { length: Number(last) - Number(first) + 1 },
      (_, index) => `${prefix}${stem}${Number(first) + index}`,
    );
  });
}

/** One reason for several tokens. */
export function because(reason: string, tokens: readonly string[]): Record<string, string> {
  return Object.fromEntries(tokens.map((token) => [token, reason]));
}
