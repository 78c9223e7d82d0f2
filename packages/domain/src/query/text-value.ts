import type { ValueSyntax } from "./ast.ts";
import type { Test } from "./query.ts";
import type { Token } from "./token-table.ts";
import { foldCase, splitWords } from "./words.ts";

/** Whether `*` in the value is a wildcard: everywhere but in backticks. */
export function hasWildcard(value: ValueSyntax): boolean {
  return value.quoting !== "backtick" && value.text.includes("*");
}

/**
 * The test for one value of a text token: backticks compare the whole value exactly, quotes look for words side by
 * side, a bare value for any of its words by prefix. Undefined when the value has no word to look for.
 */
export function toTextTest(value: ValueSyntax): Test | undefined {
  if (value.quoting === "backtick") return { kind: "equals", values: [value.text], isFolded: false };
  if (hasWildcard(value)) return { kind: "pattern", patterns: [toParts(foldCase(value.text))], isFolded: true };
  const words = splitWords(value.text);
  if (words.length === 0) return undefined;
  return value.quoting === "bare" ? { kind: "word-prefix", prefixes: words } : { kind: "phrase", phrases: [words] };
}

/** The test for the whole value without regard to case, or exactly where it is stored in one known spelling. */
export function toWholeTest(value: ValueSyntax, token: Token): Test {
  if (value.quoting === "backtick") return { kind: "equals", values: [value.text], isFolded: false };
  if (hasWildcard(value)) return { kind: "pattern", patterns: [toParts(foldCase(value.text))], isFolded: true };
  if (token.values !== undefined) {
    const folded = foldCase(value.text);
    const known = token.values.find((candidate) => foldCase(candidate) === folded);
    if (known !== undefined) return { kind: "equals", values: [known], isFolded: false };
  }
  if (token.storedCase === "upper") return { kind: "equals", values: [value.text.toUpperCase()], isFolded: false };
  if (token.storedCase === "lower") return { kind: "equals", values: [foldCase(value.text)], isFolded: false };
  return { kind: "equals", values: [foldCase(value.text)], isFolded: true };
}

/** A MAC address in any usual spelling, or its leading octets. Undefined when it is neither. */
export function toMacTest(value: ValueSyntax): Test | undefined {
  const hasStar = value.text.endsWith("*");
  const digits = (hasStar ? value.text.slice(0, -1) : value.text).replace(/[-:.\s]/g, "").toLowerCase();
  if (!/^[0-9a-f]{1,16}$/.test(digits)) return undefined;
  const octets = digits.match(/../g)?.join(":") ?? "";
  const rest = digits.length % 2 === 1 ? digits.slice(-1) : "";
  if (!hasStar && (digits.length === 12 || digits.length === 16))
    return { kind: "equals", values: [octets], isFolded: false };
  if (!hasStar && rest !== "") return undefined;
  const start = octets !== "" && rest !== "" ? `${octets}:${rest}` : octets + rest;
  return { kind: "pattern", patterns: [[start, ""]], isFolded: false };
}

function toParts(pattern: string): string[] {
  return pattern.replace(/\*+/g, "*").split("*");
}
