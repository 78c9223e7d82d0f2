/**
 * How text is cut into words (qql.md section 1), once: the in-memory evaluator calls {@link splitWords}, the SQL
 * compiler hands {@link wordPatternForPostgres} to the database.
 *
 * Separators are listed as code points instead of Unicode classes, because the classes of two regular-expression
 * engines never agree for all characters.
 */

/** First and last code point of each stretch of separators: controls, blanks, punctuation, arrows and other signs. */
const separators: readonly (readonly [number, number])[] = [
  [0x01, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x5e],
  [0x60, 0x60],
  [0x7b, 0xa9],
  [0xab, 0xb1],
  [0xb4, 0xb4],
  [0xb6, 0xb8],
  [0xbb, 0xbb],
  [0xbf, 0xbf],
  [0xd7, 0xd7],
  [0xf7, 0xf7],
  [0x1680, 0x1680],
  [0x2000, 0x206f],
  [0x2190, 0x2bff],
  [0x2e00, 0x2e7f],
  [0x3000, 0x3004],
  [0x3008, 0x3020],
  [0x3030, 0x3030],
  [0xfe30, 0xfe4f],
  [0xfeff, 0xfeff],
  [0xff00, 0xff0f],
  [0xff1a, 0xff20],
  [0xff3b, 0xff3e],
  [0xff40, 0xff40],
  [0xff5b, 0xff65],
  [0xfffc, 0xfffd],
];

function escapeCodePoint(codePoint: number): string {
  return `\\u${codePoint.toString(16).padStart(4, "0")}`;
}

const separatorRanges = separators
  .map(([first, last]) => `${escapeCodePoint(first)}-${escapeCodePoint(last)}`)
  .join("");
const separator = `[${separatorRanges}]`;
const letter = `[^${separatorRanges}]`;
const hex = "[0-9a-f]";
const uuid = `${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}(?!${letter})`;
const word = `${letter}+(?:(?:\\.|(?<=[0-9]),(?=[0-9]))${letter}+)*`;

/**
 * One word of folded text: a UUID; or letters and digits, joined by dots (`host.corp.com`) or by a comma between
 * digits (`10,125`). Reads the same to PostgreSQL's regular expressions (leftmost, longest) and to JavaScript's.
 */
export const wordPatternForPostgres = `${uuid}|${word}`;

/** A UUID in folded text that counts as one word or might: where there is none, {@link wordSearchForPostgres} decides. */
export const uuidPatternForPostgres = `${hex}{8}-${hex}{4}-${hex}{4}-${hex}{4}-${hex}{12}`;

/**
 * Finds words side by side in folded text without a UUID, in one pass and without cutting the text up. A word begins
 * where no letter stands before it, nor a letter and a dot, nor a digit and a comma; it ends likewise.
 *
 * @param words as {@link splitWords} gives them: nothing in them but the dot has a meaning in a regular expression.
 * @param isPrefix whether the last word may go on.
 */
export function wordSearchForPostgres(words: readonly string[], isPrefix: boolean): string {
  let pattern = `(?<!${letter})(?<!${letter}\\.)${startsWithDigit(words[0]) ? "(?<![0-9],)" : ""}`;
  words.forEach((text, index) => {
    pattern += text.replaceAll(".", "\\.");
    const next = words[index + 1];
    if (next === undefined && isPrefix) return;
    const mayJoin = endsWithDigit(text) && (next === undefined || startsWithDigit(next));
    pattern += `(?!\\.${letter})${mayJoin ? "(?!,[0-9])" : ""}`;
    pattern += next === undefined ? `(?!${letter})` : `${separator}+`;
  });
  return pattern;
}

const startsWithDigit = (text: string | undefined) => /^[0-9]/.test(text ?? "");
const endsWithDigit = (text: string) => /[0-9]$/.test(text);

const wordPattern = new RegExp(wordPatternForPostgres, "gu");

/**
 * Lower case, one character for one character, as PostgreSQL's `lower()` does it in a Unicode locale.
 * `String.toLowerCase` alone differs: it turns a final sigma by its neighbours and U+0130 into two characters.
 */
export function foldCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  let folded = "";
  for (const character of text) folded += character === "\u0130" ? "i" : character.toLowerCase();
  return folded;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/** The words of a text in order, folded. Empty when it has none. */
export function splitWords(text: string): string[] {
  return foldCase(text).match(wordPattern) ?? [];
}

/**
 * The words as one string, each with a blank before and after: ` plc firmware 3.2.7 `. A store may keep it beside the
 * text and index it by trigrams; a prefix is then a search for ` firm`, a phrase for ` plc firmware `.
 */
export function joinWords(text: string): string {
  return ` ${splitWords(text).join(" ")} `;
}
