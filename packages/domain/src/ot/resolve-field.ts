import type { Statement } from "./statement.ts";
import { vendorKey } from "./vendor.ts";

/** What the statements about one property come to. */
export type ResolvedField = {
  value: string;
  /** The statement that `value` is taken from. */
  best: Statement;
  /** Other values that still stand against it. */
  conflicts: Statement[];
  /** Earlier values that the same protocol has replaced since: a firmware update is no conflict. */
  superseded: Statement[];
};

/**
 * Two spellings of one value: `V3.2.7` and `3.2.7`, `6ES7315-2EH14-0AB0` with and without its blank, `Siemens AG` and
 * `SIEMENS`.
 */
export function comparableValue(field: string, value: string): string {
  if (field.endsWith("manufacturer")) return vendorKey(value) ?? value;
  const folded = value.toLowerCase().replaceAll(" ", "");
  return field.endsWith("firmwareVersion") ? folded.replace(/^v(?=\d)/, "") : folded;
}

/** Better first: confidence, then the later word; the rest only makes the order total. */
function compareEvidence(a: Statement, b: Statement): number {
  return (
    b.confidence - a.confidence ||
    b.lastSeenMs - a.lastSeenMs ||
    b.firstSeenMs - a.firstSeenMs ||
    compareText(a.value, b.value) ||
    compareText(a.protocol, b.protocol) ||
    compareText(a.source, b.source)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The same protocol of the same source, at least as sure, says something else and only since. */
function isSuperseded(statement: Statement, others: readonly Statement[], field: string): boolean {
  const own = comparableValue(field, statement.value);
  return others.some(
    (other) =>
      other.protocol === statement.protocol &&
      other.source === statement.source &&
      other.confidence >= statement.confidence &&
      other.firstSeenMs > statement.lastSeenMs &&
      comparableValue(field, other.value) !== own,
  );
}

/** Picks the value of one property. `statements` are all of that field, without repeats; null when there are none. */
export function resolveField(statements: readonly Statement[]): ResolvedField | null {
  const first = statements[0];
  if (first === undefined) return null;
  if (statements.length === 1) return { value: first.value, best: first, conflicts: [], superseded: [] };
  const { field } = first;
  const ordered = [...statements].sort(compareEvidence);
  const superseded = ordered.filter((statement) => isSuperseded(statement, ordered, field));
  const standing = ordered.filter((statement) => !superseded.includes(statement));
  const best = standing[0]!;
  const value = comparableValue(field, best.value);
  const conflicts = standing.filter((statement) => comparableValue(field, statement.value) !== value);
  return { value: best.value, best, conflicts, superseded };
}
