import { boundExpressions } from "./bound-expressions.fixture.ts";
import type { RangeVerdict } from "./evaluate-expression.ts";
import { rangeExpressions } from "./range-expressions.fixture.ts";
import { wordedExpressions } from "./worded-expressions.fixture.ts";

/** With an installed version, null where it is not known, and what a reader of the advisory would say. */
export type ExpressionCase = readonly [expression: string, version: string | null, verdict: RangeVerdict];

/** Expressions as the public ICS advisories have them (2017 to 2024). */
export const versionExpressions: readonly ExpressionCase[] = [
  ...boundExpressions,
  ...rangeExpressions,
  ...wordedExpressions,
];
