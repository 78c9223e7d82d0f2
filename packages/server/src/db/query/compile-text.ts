import type { Test } from "@breakwater/domain/query/index";
import { uuidPatternForPostgres, wordPatternForPostgres, wordSearchForPostgres } from "@breakwater/domain/query/index";
import type { RawBuilder } from "kysely";
import { sql } from "kysely";
import { anyOf, equalsAny, onValues } from "./conditions.ts";
import type { FieldColumn } from "./field-map.ts";

type Sql = RawBuilder<unknown>;
type TextTest = Extract<Test, { kind: "equals" | "pattern" | "word-prefix" | "phrase" }>;

/** Up to here alternatives are written as `like … or like …`, which trigram indexes answer; beyond, as `like any`. */
const maxLikeAlternatives = 8;

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A test on text for a column of text. */
export function compileText(field: FieldColumn, test: TextTest): Sql {
  const { distinct, ...each } = field;
  if (distinct !== undefined && !(test.kind === "equals" && !test.isFolded)) {
    const isFound = compileText({ ...each, column: sql`few.value` }, test);
    return sql`${field.column} = any(array(select few.value from ${distinct} where ${isFound}))`;
  }
  switch (test.kind) {
    case "equals":
      return test.isFolded ? equalsFolded(field, test.values) : equalsExactly(field, test.values);
    case "pattern": {
      const patterns = test.patterns.map((parts) => parts.map(escapeLike).join("%"));
      const { column, isArray } = test.isFolded
        ? foldedColumn(field)
        : { column: field.column, isArray: field.isArray };
      const asText = (value: Sql) => toText(value, field);
      if (test.isFolded && field.folded === undefined) {
        return onValues(column, isArray, (value) => likeAny(sql`lower(${asText(value)})`, patterns));
      }
      return onValues(column, isArray, (value) => likeAny(asText(value), patterns));
    }
    case "word-prefix":
      return hasWords(field, { phrases: test.prefixes.map((prefix) => [prefix]), isPrefix: true });
    case "phrase":
      return hasWords(field, { phrases: test.phrases, isPrefix: false });
  }
}

function toText(value: Sql, { kind }: FieldColumn): Sql {
  return kind === "uuid" ? sql`${value}::text` : value;
}

/** The column with folded values where there is one; else the plain column, to be folded value by value. */
function foldedColumn({ column, folded, isArray }: FieldColumn): { column: Sql; isArray: boolean | undefined } {
  return { column: folded ?? column, isArray };
}

function equalsExactly({ column, isArray, kind }: FieldColumn, values: readonly string[]): Sql {
  const type = kind === "uuid" ? sql`uuid` : sql`text`;
  const possible = kind === "uuid" ? values.filter((value) => uuidForm.test(value)) : values;
  if (possible.length === 0) return sql`false`;
  return isArray ? overlaps(column, possible, type) : equalsAny(column, possible, type);
}

function equalsFolded(field: FieldColumn, values: readonly string[]): Sql {
  const { column, folded, isArray } = field;
  if (folded !== undefined) return isArray ? overlaps(folded, values, sql`text`) : equalsAny(folded, values, sql`text`);
  return onValues(column, isArray, (value) => equalsAny(sql`lower(${toText(value, field)})`, values, sql`text`));
}

/** Array overlap, which a GIN index answers. */
function overlaps(column: Sql, values: readonly string[], type: Sql): Sql {
  return sql`${column} && ${sql.val([...new Set(values)])}::${type}[]`;
}

/** Words to find side by side, in one of several orders; the last of them perhaps the start of a longer one. */
type WordSearch = { phrases: readonly (readonly string[])[]; isPrefix: boolean };

/**
 * Searches the words of the text: in the stored form that `joinWords` of the domain gives, or in the text itself. Then a
 * cheap look for the letters comes first, next one regular expression, and the text is cut into its words (several
 * times slower) only where a UUID makes that necessary.
 */
function hasWords(field: FieldColumn, search: WordSearch): Sql {
  const { column, words, isArray } = field;
  const joined = search.phrases.map((phrase) => contains(` ${phrase.join(" ")}${search.isPrefix ? "" : " "}`));
  if (words !== undefined) return onValues(words, isArray, (value) => likeAny(value, joined));
  return onValues(column, isArray, (value) => {
    const folded = sql`lower(${toText(value, field)})`;
    const hasLetters = holdsAll(folded, search.phrases);
    const found = sql`array(select found[1] from regexp_matches(${folded}, ${sql.val(wordPatternForPostgres)}::text, 'g') as found)`;
    const hasJoined = likeAny(sql`(' ' || array_to_string(${found}, ' ') || ' ')`, joined);
    if (search.phrases.length > maxLikeAlternatives) return sql`(${hasLetters} and ${hasJoined})`;
    const hasUuid = sql`${folded} ~ ${sql.val(uuidPatternForPostgres)}::text`;
    const patterns = search.phrases.map((phrase) => wordSearchForPostgres(phrase, search.isPrefix));
    const isFound = anyOf(patterns.map((pattern) => sql`${folded} ~ ${sql.val(pattern)}::text`));
    return sql`(${hasLetters} and case when ${hasUuid} then ${hasJoined} else ${isFound} end)`;
  });
}

/** Whether the letters of all words of some phrase are there; of several phrases only the longest words are looked for. */
function holdsAll(folded: Sql, phrases: readonly (readonly string[])[]): Sql {
  const [only, ...others] = phrases;
  if (only === undefined || others.length > 0) return likeAny(folded, phrases.map(longest).map(contains));
  const words = [...new Set(only)].slice(0, maxLikeAlternatives);
  return sql`${sql.join(
    words.map((word) => likeAny(folded, [contains(word)])),
    sql` and `,
  )}`;
}

function longest(words: readonly string[]): string {
  return words.reduce((best, word) => (word.length > best.length ? word : best), "");
}

function contains(text: string): string {
  return `%${escapeLike(text)}%`;
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

function likeAny(value: Sql, patterns: readonly string[]): Sql {
  const distinct = [...new Set(patterns)];
  if (distinct.length > maxLikeAlternatives) return sql`${value} like any(${sql.val(distinct)}::text[])`;
  return anyOf(distinct.map((pattern) => sql`${value} like ${sql.val(pattern)}::text`));
}
