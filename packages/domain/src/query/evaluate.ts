import { isInAddressRange, parseAddress } from "./address-value.ts";
import type { Condition, NumberRange, Query, Test } from "./query.ts";
import { matchesParts } from "./wildcard.ts";
import { foldCase, joinWords } from "./words.ts";

/** One value of a record: dates as Date or epoch milliseconds, addresses as text. */
export type FieldValue = string | number | boolean | Date | null | undefined;

/** A record by logical field: a value, several values, or the elements of a group. */
export type QueryRecord = { readonly [field: string]: FieldValue | readonly FieldValue[] | readonly QueryRecord[] };

/** Whether the deployment has the data of a logical field at all. */
export type IsKnownField = (field: string) => boolean;

/**
 * Whether a record fulfils a query: the meaning of QQL, plainly. The SQL compiler is tested against it.
 *
 * A condition holds when any of the field's values passes any of its tests. `is null` holds when there is no value. `!=`
 * and `is not null` are their opposites; a condition on an unknown field never holds. Outside of its group a grouped
 * token has the values of all elements together.
 */
export function evaluateQuery(query: Query, record: QueryRecord, isKnown: IsKnownField = () => true): boolean {
  switch (query.kind) {
    case "all":
      return true;
    case "and":
      return query.items.every((item) => evaluateQuery(item, record, isKnown));
    case "or":
      return query.items.some((item) => evaluateQuery(item, record, isKnown));
    case "not":
      return !evaluateQuery(query.item, record, isKnown);
    case "element":
      if (!isKnown(query.group.name)) return false;
      return elementsOf(record, query.group.name).some((element) => evaluateQuery(query.item, element, isKnown));
    case "condition":
      return isKnown(query.token.field) && evaluateCondition(query, valuesOf(query, record)) !== query.isNegated;
  }
}

function elementsOf(record: QueryRecord, field: string): readonly QueryRecord[] {
  const elements = record[field];
  return Array.isArray(elements) ? (elements as readonly QueryRecord[]) : [];
}

type PresentValue = Exclude<FieldValue, null | undefined>;

function valuesOf({ token }: Condition, record: QueryRecord): PresentValue[] {
  if (token.group !== undefined && !(token.field in record)) {
    return elementsOf(record, token.group).flatMap((element) => present(element[token.field]));
  }
  return present(record[token.field]);
}

function present(value: QueryRecord[string]): PresentValue[] {
  const values = (Array.isArray(value) ? value : [value]) as readonly FieldValue[];
  return values.filter((candidate): candidate is PresentValue => candidate !== null && candidate !== undefined);
}

function evaluateCondition({ check }: Condition, values: PresentValue[]): boolean {
  if (check.kind === "missing") return values.length === 0;
  return values.some((value) => check.tests.some((test) => passes(value, test)));
}

function passes(value: PresentValue, test: Test): boolean {
  switch (test.kind) {
    case "equals":
      return test.values.includes(test.isFolded ? foldCase(String(value)) : String(value));
    case "pattern": {
      const text = test.isFolded ? foldCase(String(value)) : String(value);
      return test.patterns.some((parts) => matchesParts(text, parts));
    }
    case "word-prefix": {
      const words = joinWords(String(value));
      return test.prefixes.some((prefix) => words.includes(` ${prefix}`));
    }
    case "phrase": {
      const words = joinWords(String(value));
      return test.phrases.some((phrase) => words.includes(` ${phrase.join(" ")} `));
    }
    case "numbers":
      return test.values.includes(Number(value));
    case "number-range":
      return isInRange(Number(value), test.range);
    case "booleans":
      return test.values.includes(value === true);
    case "times": {
      const timeMs = Number(value);
      return test.ranges.some(({ fromMs, toMs }) => (fromMs ?? -Infinity) <= timeMs && timeMs < (toMs ?? Infinity));
    }
    case "addresses": {
      const address = parseAddress(String(value));
      return address !== undefined && test.ranges.some((range) => isInAddressRange(address, range));
    }
  }
}

function isInRange(value: number, { low, high }: NumberRange): boolean {
  if (low !== null && (low.isIncluded ? value < low.value : value <= low.value)) return false;
  return high === null || (high.isIncluded ? value <= high.value : value < high.value);
}
