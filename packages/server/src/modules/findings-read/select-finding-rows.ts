import { type RawBuilder, sql } from "kysely";
import { findingTablesAsNeeded } from "./select-findings.ts";
import { epochMs } from "./sql-values.ts";

/** Where a finding stands in the order of reports. */
export type FindingPlace = { assetId: number; fingerprint: string };

/** `FindingRow.acceptance` of the finding `f`; asked only for those that are marked. */
export const acceptanceOf: RawBuilder<string | null> = sql`CASE WHEN f.is_accepted THEN (
  SELECT json_build_object('reasonType', r.reason_type, 'endMs', ${epochMs(sql`r.end_at`)})::text FROM risk_acceptance r
  WHERE r.subscription_id = f.subscription_id AND r.finding_id = f.id AND r.closed_at IS NULL) END`;

/** When the source of `s` saw the finding, by its own dates where it tells them, else by its runs. */
export const firstSeenAt: RawBuilder<Date> = sql`least(s.first_seen, s.told_first)`;
export const lastSeenAt: RawBuilder<Date> = sql`coalesce(s.told_last, s.last_seen)`;
export const isDated: RawBuilder<boolean> = sql`s.told_last IS NOT NULL`;

/**
 * A query of findings for `createFindingRows`: one row per source, one for a finding without any, in the order of
 * places. Both tables have an index in that order, so that PostgreSQL merges them without sorting.
 *
 * @param matches over `findingTables`
 * @param range from `first` to before `end`
 */
export function selectFindingRows(
  matches: RawBuilder<unknown>,
  range: { first: FindingPlace; end: FindingPlace | undefined },
): RawBuilder<unknown> {
  return sql`
    SELECT f.id, f.asset_id, f.check_id, f.category, f.severity, f.status, f.cve_id, f.qds, f.first_found, f.last_found,
      f.last_fixed, f.reopened_at, f.port, f.protocol, f.instance,
      s.connection_id, s.check_id, ${firstSeenAt}, ${lastSeenAt}, s.is_present, s.severity, s.evidence,
      ${acceptanceOf}, ${isDated}
    FROM ${findingTablesAsNeeded}
    LEFT JOIN finding_source s ON s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id
      AND s.fingerprint = f.fingerprint AND ${isInRange("s", range)}
    WHERE ${matches} AND ${isInRange("f", range)}
    ORDER BY f.asset_id, f.fingerprint`;
}

function isInRange(table: string, { first, end }: { first: FindingPlace; end: FindingPlace | undefined }) {
  const place = sql`(${sql.ref(`${table}.asset_id`)}, ${sql.ref(`${table}.fingerprint`)})`;
  const isAfter = sql`${place} >= (${first.assetId}::bigint, ${first.fingerprint}::uuid)`;
  return end ? sql`${isAfter} AND ${place} < (${end.assetId}::bigint, ${end.fingerprint}::uuid)` : isAfter;
}
