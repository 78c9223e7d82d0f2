import { type RawBuilder, sql } from "kysely";
import type { ColumnKind, FieldColumn } from "../../db/query/index.ts";

/** What the sources that still report a finding tell of it; of one that is gone, their last words. */
const words = {
  from: sql`finding_source s`,
  where: sql`s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id AND s.fingerprint = f.fingerprint
    AND s.told IS NOT NULL AND (s.is_present OR f.status = 'FIXED')`,
};

/** Of the source that decides where one value is wanted. */
const first = (value: RawBuilder<unknown>) => sql`(SELECT ${value} FROM ${words.from}
  WHERE ${words.where} AND ${value} IS NOT NULL ORDER BY s.connection_id, s.check_id LIMIT 1)`;
const isDisabled = sql`(SELECT bool_or((s.told -> 'isDisabled')::boolean) FROM ${words.from} WHERE ${words.where})`;

/** Whether any source tells that one of its users looks past the finding; false where none says anything. */
export const isToldIgnored: RawBuilder<unknown> = sql`EXISTS (SELECT FROM ${words.from}
  WHERE ${words.where} AND (s.told -> 'isIgnored')::boolean)`;

/** Whether the advisory matching is sure of it; an open detection counts before one that has ended. */
const isSure = sql`CASE WHEN d.is_confirmed THEN 'Confirmed' ELSE 'Potential' END`;
const detected = (value: RawBuilder<unknown>) => sql`(SELECT ${value}
  FROM ot_detection d WHERE d.subscription_id = f.subscription_id AND d.asset_id = f.asset_id
    AND f.fingerprint = ANY (d.fingerprints) ORDER BY d.status = 'FIXED', d.is_confirmed DESC LIMIT 1)`;
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
    column: sql`coalesce(${detected(sql`ARRAY[${isSure}]`)},
      ARRAY(SELECT ${toldType} FROM ${words.from} WHERE ${words.where}))`,
    isArray: true,
    rank: { kind: "keyword", column: sql`coalesce(${detected(isSure)}, ${first(toldType)})` },
  },
  "finding.isDisabled": { kind: "boolean", column: isDisabled },
  "finding.product.version": told("text", sql`(s.told ->> 'productVersion')`),
  ...Object.fromEntries(customNumbers),
};

function told(kind: ColumnKind, value: RawBuilder<unknown>): FieldColumn {
  return { kind, column: value, related: words, rank: { kind, column: first(value) } };
}
