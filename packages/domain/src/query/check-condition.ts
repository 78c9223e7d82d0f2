import { parseAddress, parseAddressRange, rangeBetween, rangeBeyond } from "./address-value.ts";
import type { Comparator, OperandSyntax, Span, ValueSyntax } from "./ast.ts";
import { parseDateValue } from "./date-value.ts";
import { mergeTests } from "./merge-tests.ts";
import type { Condition, NumberRange, Test, TimeRange } from "./query.ts";
import { excerpt, QueryFailure } from "./query-error.ts";
import { toMacTest, toTextTest, toWholeTest } from "./text-value.ts";
import type { Token, TokenType } from "./token-table.ts";

/** What a value of each type looks like, for messages. */
const forms: Readonly<Record<TokenType, string>> = {
  text: "text with at least one letter or digit",
  keyword: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  date: "a date (2026-01-31, 2026-01-31T10:00:00Z, now, now-3M with unit s, m, h, d, w, M or y)",
  address: "an address, a network (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9)",
  mac: "a MAC address or its leading octets",
};

/** Checks a condition's values against its token's type. Throws {@link QueryFailure} of code `type`. */
export function checkCondition(
  token: Token,
  operand: Exclude<OperandSyntax, { kind: "group" }>,
  span: Span,
  now: Date,
): Condition {
  const place = { kind: "condition", token, from: span.from, to: span.to } as const;
  if (operand.kind === "null-test") return { ...place, check: { kind: "missing" }, isNegated: operand.isNegated };
  const tests = toTests(token, operand, now);
  const isNegated = operand.kind === "comparison" && operand.comparator === "!=";
  return { ...place, check: { kind: "matches", tests: mergeTests(tests) }, isNegated };
}

type ValueOperand = Exclude<OperandSyntax, { kind: "group" | "null-test" }>;

function toTests(token: Token, operand: ValueOperand, now: Date): Test[] {
  switch (operand.kind) {
    case "match":
      return [toTest(token, operand.value, now, false)];
    case "match-any":
      return operand.values.map((value) => toTest(token, value, now, false));
    case "range":
      return [toRangeTest(token, operand, now)];
    case "comparison": {
      const { comparator } = operand;
      if (comparator === "=" || comparator === "!=")
        return operand.values.map((value) => toTest(token, value, now, true));
      if (operand.isList)
        throw typeFailure(operand, `A list can be compared with = and != only, not with ${comparator}.`);
      return [toComparisonTest(token, comparator, operand.values[0]!, now)];
    }
  }
}

function toTest(token: Token, value: ValueSyntax, now: Date, isWhole: boolean): Test {
  const test = findTest(token, value, now, isWhole);
  if (test === undefined) throw valueFailure(token, value);
  return test;
}

function findTest(token: Token, value: ValueSyntax, now: Date, isWhole: boolean): Test | undefined {
  switch (token.type) {
    case "text":
      return isWhole ? toWholeTest(value, token) : toTextTest(value);
    case "keyword":
      return toWholeTest(value, token);
    case "mac":
      return toMacTest(value);
    case "boolean": {
      const flag = booleans[value.text.trim().toLowerCase()];
      return flag === undefined ? undefined : { kind: "booleans", values: [flag] };
    }
    case "integer":
    case "number": {
      const number = toNumber(token, value);
      return number === undefined ? undefined : { kind: "numbers", values: [number] };
    }
    case "date": {
      const date = parseDateValue(value.text.trim(), now);
      return date === undefined ? undefined : { kind: "times", ranges: [date] };
    }
    case "address": {
      const range = parseAddressRange(value.text.trim());
      return range === undefined ? undefined : { kind: "addresses", ranges: [range] };
    }
  }
}

const booleans: Readonly<Record<string, boolean>> = { true: true, yes: true, false: false, no: false };

function toNumber(token: Token, value: ValueSyntax): number | undefined {
  const text = value.text.trim();
  const named = token.numberWords?.[text.toLowerCase()];
  if (named !== undefined) return named;
  if (!/^[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:e[+-]?\d{1,3})?$/i.test(text)) return undefined;
  const number = Number(text);
  if (token.type === "integer") return Number.isSafeInteger(number) ? number + 0 : undefined;
  return Number.isFinite(number) ? number + 0 : undefined;
}

type Ordering = Exclude<Comparator, "=" | "!=">;

function toComparisonTest(token: Token, comparator: Ordering, value: ValueSyntax, now: Date): Test {
  assertOrdered(token, value, `compared with ${comparator}`);
  if (token.type === "date") {
    const date = parseDateValue(value.text.trim(), now);
    if (date === undefined) throw valueFailure(token, value);
    return { kind: "times", ranges: [timesBeyond(date, comparator)] };
  }
  if (token.type === "address") {
    const address = parseAddress(value.text.trim());
    if (address === undefined)
      throw typeFailure(value, `${token.name} is compared with an address, not "${excerpt(value.text)}".`);
    const range = rangeBeyond(address, comparator);
    return { kind: "addresses", ranges: range === undefined ? [] : [range] };
  }
  const number = toNumber(token, value);
  if (number === undefined) throw valueFailure(token, value);
  const bound = { value: number, isIncluded: comparator.endsWith("=") };
  const isLow = comparator.startsWith(">");
  return { kind: "number-range", range: { low: isLow ? bound : null, high: isLow ? null : bound } };
}

/** A day is a stretch: after it means from its end on, from it on means from its start on. */
function timesBeyond({ fromMs, toMs }: { fromMs: number; toMs: number }, comparator: Ordering): TimeRange {
  if (comparator === ">") return { fromMs: toMs, toMs: null };
  if (comparator === ">=") return { fromMs, toMs: null };
  return { fromMs: null, toMs: comparator === "<" ? fromMs : toMs };
}

function toRangeTest(token: Token, operand: Extract<OperandSyntax, { kind: "range" }>, now: Date): Test {
  const { low, high, endsIncluded } = operand;
  assertOrdered(token, operand, "given as a range");
  if (token.type === "date") {
    const first = parseDateValue(low.text.trim(), now);
    const last = parseDateValue(high.text.trim(), now);
    if (first === undefined) throw valueFailure(token, low);
    if (last === undefined) throw valueFailure(token, high);
    const inside = endsIncluded ? { fromMs: first.fromMs, toMs: last.toMs } : { fromMs: first.toMs, toMs: last.fromMs };
    return { kind: "times", ranges: [inside] };
  }
  if (token.type === "address") {
    const ends = [parseAddress(low.text.trim()), parseAddress(high.text.trim())] as const;
    if (ends[0] === undefined) throw valueFailure(token, low);
    if (ends[1]?.bits !== ends[0].bits)
      throw typeFailure(high, `${token.name}: both ends of a range are addresses of one family.`);
    const range = rangeBetween(ends[0], ends[1], endsIncluded);
    return { kind: "addresses", ranges: range === undefined ? [] : [range] };
  }
  const ends = [toNumber(token, low), toNumber(token, high)] as const;
  if (ends[0] === undefined) throw valueFailure(token, low);
  if (ends[1] === undefined) throw valueFailure(token, high);
  const range: NumberRange = {
    low: { value: ends[0], isIncluded: endsIncluded },
    high: { value: ends[1], isIncluded: endsIncluded },
  };
  return { kind: "number-range", range };
}

const orderedTypes: ReadonlySet<TokenType> = new Set(["integer", "number", "date", "address"]);

function assertOrdered(token: Token, span: Span, use: string): void {
  if (orderedTypes.has(token.type)) return;
  const message = `${token.name} is of type ${token.type}, which has no order and cannot be ${use}.`;
  throw typeFailure(span, message, [forms[token.type]]);
}

function valueFailure(token: Token, value: ValueSyntax): QueryFailure {
  const words = token.numberWords === undefined ? [] : Object.keys(token.numberWords);
  const expected = [forms[token.type], ...words];
  const message = `${token.name} takes ${expected.join(", ")}; "${excerpt(value.text)}" is not one.`;
  return typeFailure(value, message, expected);
}

function typeFailure(span: Span, message: string, expected: string[] = []): QueryFailure {
  return new QueryFailure({ from: span.from, to: span.to }, { code: "type", message, expected });
}
