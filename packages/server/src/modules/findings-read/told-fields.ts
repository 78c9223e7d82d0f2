import { type RawBuilder, sql } from "kysely";
import type { ColumnKind, FieldColumn } from "../../db/query/index.ts";

const ofFinding = sql`s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint
  AND s.told IS NOT NULL`;
/** What the sources that still report a finding tell of it; of one that is gone, their last words. */
const words = {
  from: sql`finding_source s`,
  where: sql`${ofFinding} AND (s.is_present OR f.status = 'FIXED')`,
};

/** Of the source that decides where one value is wanted. */
const first = (value: RawBuilder<unknown>) => sql`(SELECT ${value} FROM ${words.from}
  WHERE ${words.where} AND ${value} IS NOT NULL ORDER BY s.connection_id, s.check_id LIMIT 1)`;
/** Whether any word is so. As a condition of its own it becomes a join. */
const isTold = (word: RawBuilder<unknown>) => sql`EXISTS (SELECT FROM ${words.from} WHERE ${words.where} AND ${word})`;
/** The same beside other conditions: tied to the finding by its key alone, so that PostgreSQL can look up all words once. */
const isToldOr = (
  word: RawBuilder<unknown>,
) => sql`(EXISTS (SELECT FROM ${words.from} WHERE ${ofFinding} AND s.is_present AND ${word})
  OR f.status = 'FIXED' AND EXISTS (SELECT FROM ${words.from} WHERE ${ofFinding} AND ${word}))`;

const disabled = sql`(s.told -> 'isDisabled')::boolean`;
const isDisabled = sql`(SELECT bool_or(${disabled}) FROM ${words.from} WHERE ${words.where})`;
const ignored = sql`(s.told -> 'isIgnored')::boolean`;

/** Whether any source tells that one of its users looks past the finding, or the other condition holds. */
export function isIgnoredOr(other: RawBuilder<unknown>): FieldColumn {
  const column = sql`(${other} OR ${isToldOr(ignored)})`;
  return { kind: "boolean", column, holds: { true: column, false: sql`(NOT ${other} AND NOT ${isTold(ignored)})` } };
}

/**
 * Whether the advisory matching is sure of it: 0 for yes and 1 for no, of what is still open; 2 and 3 of what has ended,
 * which counts where nothing is open. Which assets are OT hosts is looked up once for all findings.
 */
const sureness = sql`(CASE WHEN EXISTS (SELECT FROM ot_host h WHERE h.subscription_id = f.subscription_id AND h.asset_id = f.asset_id)
  THEN (SELECT min(CASE WHEN d.status = 'FIXED' THEN 2 ELSE 0 END + CASE WHEN d.is_confirmed THEN 0 ELSE 1 END)
    FROM ot_detection d WHERE d.subscription_id = f.subscription_id AND d.asset_id = f.asset_id
      AND f.fingerprint = ANY (d.fingerprints)) END)`;
const detected = sql`(ARRAY['Confirmed', 'Potential', 'Confirmed', 'Potential'])[1 + ${sureness}]`;
const toldType = sql`(s.told ->> 'typeDetected')`;

const customNumbers = [0, 1, 2, 3, 4].map((index) => {
  const value = sql`(s.told -> 'customNumbers' -> ${sql.lit(index)})`;
  return [`finding.customNumber${index + 1}`, told("float", sql`nullif(${value}, 'null')::double precision`)] as const;
});

/** What sources tell of a finding beside its state: the tokens have the values of all of them. */
export const toldFields: Readonly<Record<string, FieldColumn>> = {
  // A detection of the advisory matching goes before what scanners say.
  "finding.typeDetected": {
    kind: "keyword",
    column: sql`coalesce(nullif(ARRAY[${detected}], '{NULL}'), CASE WHEN ${isToldOr(sql`s.told ? 'typeDetected'`)}
      THEN ARRAY(SELECT ${toldType} FROM ${words.from} WHERE ${words.where}) END)`,
    isArray: true,
    rank: { kind: "keyword", column: sql`coalesce(${detected}, ${first(toldType)})` },
  },
  "finding.isDisabled": {
    ...{ kind: "boolean", column: isDisabled },
    holds: { true: isTold(disabled), false: sql`(${isTold(sql`NOT ${disabled}`)} AND NOT ${isTold(disabled)})` },
  },
  "finding.product.version": told("text", sql`(s.told ->> 'productVersion')`),
  ...Object.fromEntries(customNumbers),
};

function told(kind: ColumnKind, value: RawBuilder<unknown>): FieldColumn {
  return { kind, column: value, related: words, rank: { kind, column: first(value) } };
}
