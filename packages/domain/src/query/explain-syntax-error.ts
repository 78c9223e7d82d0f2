import { qqlParser } from "./qql-parser.gen.ts";
import { excerpt, QueryFailure, queryLimits } from "./query-error.ts";

/** Open stack entries at which the generated parser gives up (2,800), less a margin for one condition. */
const parserStackEntries = 2700;

const valueForms = ["a value", "a quoted value", '"["', '"("'];
const joiners = ["AND", "OR"];

/** What may follow each kind of leaf. */
const expectedAfter: Readonly<Record<string, readonly string[]>> = {
  AndWord: ["a token", "NOT", '"("'],
  OrWord: ["a token", "NOT", '"("'],
  NotWord: ["a token", '"("'],
  IsWord: ["NULL", "NOT NULL"],
  TokenName: ['":"', "a comparison (=, !=, >, >=, <, <=)", "IS NULL"],
  ":": valueForms,
  Comparison: ["a value", "a quoted value"],
  "[": ["a value", "a quoted value"],
  ",": ["a value", "a quoted value"],
  Dots: ["a value", "a quoted value"],
  BareItem: ['","', '".."', '"]"'],
  BoundWord: ['".."'],
};

/** The refusal of a text that the parser could not read beyond `position`. */
export function explainSyntaxError(text: string, position: number): QueryFailure {
  if (isBeyondParserStack(text, position)) return tooDeep(position);
  const offset = position + /^[ \t\r\n\u00a0]*/.exec(text.slice(position))![0].length;
  const before = readLeafBefore(text, offset);
  const bareText = findBareText(text, offset, before);
  if (bareText !== null) return bareText;
  return syntaxFailure(text, offset, before);
}

export function tooDeep(offset: number): QueryFailure {
  const message =
    `The query has more than ${queryLimits.maxLevels} levels of AND, OR, NOT or parentheses. ` +
    "To match one of many values, use a list: token:[`A`, `B`].";
  return new QueryFailure({ from: offset, to: offset }, { code: "too-deep", message });
}

function isBeyondParserStack(text: string, position: number): boolean {
  let open = 0;
  for (const bracket of text.slice(0, position).match(/[()]/g) ?? []) open += bracket === "(" ? 1 : -1;
  if (open * 3 < parserStackEntries && position < parserStackEntries) return false;
  const negations = text.slice(0, position).match(/\bnot\b/gi)?.length ?? 0;
  return open * 3 + negations >= parserStackEntries;
}

/** A terminal of the grammar and what is open behind it. */
type Leaf = {
  name: string;
  from: number;
  to: number;
  isInNullTest: boolean;
  isInBrackets: boolean;
  openParentheses: number;
};

/** The last leaf of what could be read. The text up to there is the beginning of a sentence, so this meets no garbage. */
function readLeafBefore(text: string, offset: number): Leaf | null {
  const leaves: Leaf[] = [];
  qqlParser.parse(text.slice(0, offset)).iterate({
    enter({ type, name, from, to, node }) {
      if (type.isError || type.isTop || node.firstChild !== null) return;
      const before = leaves.at(-1);
      const isInNullTest = before?.name === "IsWord" || (before?.isInNullTest === true && name === "NullWord");
      const isInBrackets = name === "[" || (before?.isInBrackets === true && name !== "]");
      const openParentheses = (before?.openParentheses ?? 0) + (name === "(" ? 1 : name === ")" ? -1 : 0);
      leaves.push({ name, from, to, isInNullTest, isInBrackets, openParentheses });
    },
  });
  return leaves.at(-1) ?? null;
}

const startsCondition = new Set(["AndWord", "OrWord", "NotWord", "("]);
const endsCondition = new Set(["BareValue", "DoubleQuoted", "SingleQuoted", "Backticked", ")", "]", "NullWord"]);

function findBareText(text: string, offset: number, before: Leaf | null): QueryFailure | null {
  const next = text.slice(offset);
  const word = /^(?:"[^"]*"|'[^']*'|`[^`]*`|[^\s()[\]"'`]+)/.exec(next)?.[0];
  if (before?.name === "TokenName" && !/^[:<>=!]/.test(next) && !isPartOfNullTest(text, before, next)) {
    return bareText(before, text.slice(before.from, before.to));
  }
  if (word === undefined || /^(?:[:<>=!,]|(?:and|or)$)/i.test(word)) return null;
  const span = { from: offset, to: offset + word.length };
  if (before === null || (startsCondition.has(before.name) && !before.isInNullTest)) return bareText(span, word);
  if (!endsCondition.has(before.name) || before.isInBrackets || before.isInNullTest) return null;
  if (before.name === ")" || before.name === "]" || /^[^:<>=!]+(?:[:<>=]|!=)/.test(word)) return null;
  const value = text.slice(before.from, before.to).replace(/^(["'`])(.*)\1$/s, "$2");
  const message =
    `"${excerpt(word)}" has no token. A value of several words needs quotes: "${excerpt(`${value} ${word}`)}"; ` +
    "two conditions need AND or OR between them.";
  return new QueryFailure(span, { code: "bare-text", message, expected: [...joiners] });
}

function isPartOfNullTest(text: string, before: Leaf, next: string): boolean {
  return /^is\b/i.test(next) || /^is$/i.test(text.slice(before.from, before.to));
}

function bareText(span: { from: number; to: number }, word: string): QueryFailure {
  const shown = excerpt(word.replace(/^["'`]|["'`]$/g, ""));
  const message =
    `"${shown}" alone is not a condition. Write token:value: text needs the name of what to search and a colon ` +
    "before it, a token needs a value after it.";
  return new QueryFailure(span, { code: "bare-text", message, expected: ["a token", "NOT", '"("'] });
}

function syntaxFailure(text: string, offset: number, before: Leaf | null): QueryFailure {
  const span = { from: offset, to: Math.min(offset + 1, text.length) };
  const expected = expectedNext(before);
  const next = text[offset];
  if (next !== undefined && "\"'`".includes(next) && text.indexOf(next, offset + 1) < 0) {
    return new QueryFailure(span, {
      code: "syntax",
      message: `The quote ${next} is not closed.`,
      expected: [`a closing ${next}`],
    });
  }
  if (next === "(" && before?.name === "BareValue") {
    return new QueryFailure(span, { code: "syntax", message: "A value with parentheses needs quotes.", expected });
  }
  const found =
    next === undefined
      ? "The query ends too early"
      : `"${excerpt(text.slice(offset, offset + 20))}" is not expected here`;
  const message = `${found}: expected ${expected.join(", ")}.`;
  return new QueryFailure(span, { code: "syntax", message, expected });
}

function expectedNext(before: Leaf | null): string[] {
  if (before === null) return ["a token", "NOT", '"("'];
  if (before.name === "NotWord" && before.isInNullTest) return ["NULL"];
  if (before.isInBrackets && endsCondition.has(before.name) && before.name !== "]") return ['","', '".."', '"]"'];
  const listed = expectedAfter[before.name] ?? (before.name === "(" ? ["a token", "NOT", "a value"] : null);
  return listed === null ? [...joiners, before.openParentheses > 0 ? '")"' : "the end of the query"] : [...listed];
}
