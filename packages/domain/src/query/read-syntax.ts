import type { Tree } from "@lezer/common";
import type { Comparator, OperandSyntax, QuerySyntax, Quoting, ValueSyntax } from "./ast.ts";
import { explainSyntaxError, tooDeep } from "./explain-syntax-error.ts";
import { qqlParser } from "./qql-parser.gen.ts";
import { QueryFailure, queryLimits } from "./query-error.ts";

const strictParser = qqlParser.configure({ strict: true });

/** A node of the parser's tree with its children at hand. */
type Node = { name: string; from: number; to: number; children: Node[] };

/**
 * Text to syntax. Null for a text without content. Throws only {@link QueryFailure}.
 * The tree is walked without recursion and its depth limited before anything recursive sees it.
 */
export function readSyntax(text: string): QuerySyntax | null {
  assertReadableText(text);
  const root = readNodes(text, parseTree(text)).children[0];
  return root === undefined ? null : toQuery(text, root);
}

function assertReadableText(text: string): void {
  // A UTF-16 code unit takes one to three bytes in UTF-8, so most texts need no counting.
  if (text.length * 3 > queryLimits.maxBytes && utf8Length(text) > queryLimits.maxBytes) {
    throw new QueryFailure(
      { from: 0, to: text.length },
      { code: "too-long", message: `The query is longer than ${queryLimits.maxBytes} bytes of UTF-8.` },
    );
  }
  const offset = text.isWellFormed() ? text.indexOf("\0") : text.search(/\p{Surrogate}/u);
  if (offset >= 0) {
    const message = "The query holds a character that no stored text can have (a NUL or half a surrogate pair).";
    throw new QueryFailure({ from: offset, to: offset + 1 }, { code: "syntax", message });
  }
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function parseTree(text: string): Tree {
  try {
    return strictParser.parse(text);
  } catch (error) {
    const position = error instanceof SyntaxError ? /^No parse at (\d+)$/.exec(error.message)?.[1] : undefined;
    if (position === undefined) throw error;
    throw explainSyntaxError(text, Number(position));
  }
}

function readNodes(text: string, tree: Tree): Node {
  const root: Node = { name: "Query", from: 0, to: text.length, children: [] };
  const open: Node[] = [];
  const depth = { levels: 0, parentheses: 0 };
  tree.iterate({
    enter({ name, from, to }) {
      const node = name === "Query" ? root : { name, from, to, children: [] };
      const parent = open.at(-1);
      parent?.children.push(node);
      // Each AND or OR of a chain is a level of its own, as in the tree of two-sided operators that it stands for.
      if (parent !== undefined && name === "AndWord") depth.levels += 1;
      if (parent !== undefined && name === "OrWord") depth.levels += 1;
      if (name === "Not") depth.levels += 1;
      if (name === "Parenthesised" || name === "Group") depth.parentheses += 1;
      if (depth.levels > queryLimits.maxLevels || depth.parentheses > queryLimits.maxLevels) throw tooDeep(from);
      open.push(node);
    },
    leave({ name }) {
      const node = open.pop();
      if (name === "And" || name === "Or") depth.levels -= countOperators(node);
      if (name === "Not") depth.levels -= 1;
      if (name === "Parenthesised" || name === "Group") depth.parentheses -= 1;
    },
  });
  return root;
}

function countOperators(node: Node | undefined): number {
  return node === undefined ? 0 : (node.children.length - 1) / 2;
}

function toQuery(text: string, start: Node): QuerySyntax {
  let node = start;
  while (node.name === "Parenthesised") node = node.children[1]!;
  const { from, to, children } = node;
  if (node.name === "And" || node.name === "Or") {
    const items = children.filter((_, index) => index % 2 === 0).map((child) => toQuery(text, child));
    return { kind: node.name === "And" ? "and" : "or", items, from, to };
  }
  if (node.name === "Not") return { kind: "not", item: toQuery(text, children[1]!), from, to };
  const name = children[0]!;
  const token = { from: name.from, to: name.to, text: text.slice(name.from, name.to) };
  return { kind: "condition", token, operand: toOperand(text, children), from, to };
}

function toOperand(text: string, [, second, third]: Node[]): OperandSyntax {
  if (second!.name === "NullTest") {
    return { kind: "null-test", isNegated: second!.children.length === 3, from: second!.from, to: second!.to };
  }
  const node = third!;
  const span = { from: node.from, to: node.to };
  if (second!.name === "Comparison") {
    const comparator = text.slice(second!.from, second!.to) as Comparator;
    const isList = node.name === "List";
    return {
      kind: "comparison",
      comparator,
      values: isList ? toValues(text, node) : [toValue(text, node)],
      isList,
      ...span,
    };
  }
  switch (node.name) {
    case "List":
      return { kind: "match-any", values: toValues(text, node), ...span };
    case "Group":
      return { kind: "group", item: toQuery(text, node.children[1]!), ...span };
    case "ClosedRange":
    case "OpenRange": {
      const [, low, , high] = node.children;
      const endsIncluded = node.name === "ClosedRange";
      return { kind: "range", low: toValue(text, low!), high: toValue(text, high!), endsIncluded, ...span };
    }
    default:
      return { kind: "match", value: toValue(text, node), ...span };
  }
}

function toValues(text: string, list: Node): ValueSyntax[] {
  const items = list.children.filter((_, index) => index % 2 === 1);
  if (items.length > queryLimits.maxListItems) {
    const message = `The list has ${items.length} values; at most ${queryLimits.maxListItems} are allowed.`;
    throw new QueryFailure(list, { code: "too-many-items", message });
  }
  return items.map((item) => toValue(text, item));
}

const quotings: Readonly<Record<string, Quoting>> = {
  DoubleQuoted: "double",
  SingleQuoted: "single",
  Backticked: "backtick",
};

/** Inside quotes a backslash stands for itself unless the quote or another backslash follows. */
function toValue(text: string, { name, from, to }: Node): ValueSyntax {
  const quoting = quotings[name] ?? "bare";
  if (quoting === "bare") return { from, to, quoting, text: text.slice(from, to) };
  const quote = text[from];
  const inner = text.slice(from + 1, to - 1);
  const unescaped = inner.replace(/\\([\s\S])/g, (pair, next) => (next === quote || next === "\\" ? next : pair));
  return { from, to, quoting, text: unescaped };
}
