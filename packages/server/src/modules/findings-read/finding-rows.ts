import { type RawBuilder, sql } from "kysely";
import { type BinaryRow, readBinaryCopy } from "./binary-copy.ts";
import { epochMs } from "./sql-values.ts";

/** What is a finding's own. Its check and its asset are told once each, in the dictionary. */
export type FindingRow = {
  id: number;
  assetId: number;
  checkId: number;
  category: string;
  severity: number;
  status: string;
  cveId: string | null;
  qds: number;
  firstFoundMs: number;
  /** Without what its sources saw since: see `toSeen`. */
  ownLastFoundMs: number;
  lastFixedMs: number | null;
  reopenedMs: number | null;
  port: number | null;
  protocol: string | null;
  instance: string | null;
  /** JSON of an Acceptance of finding-exchange.ts whose end may have come; null: not accepted. */
  acceptance: string | null;
  /** In the order of connection and check. */
  sources: SourceRow[];
};

/** One source's own word on a finding. */
export type SourceRow = {
  connectionId: number;
  checkId: number;
  firstSeenMs: number;
  lastSeenMs: number;
  isPresent: boolean;
  severity: number;
  evidence: string;
};

/** Which findings to read. */
export type FindingSet = {
  /** Of all of them. */
  subscriptionId: RawBuilder<number>;
  /** A table expression with the column `id`. */
  matched: RawBuilder<unknown>;
  /** No finding of the set is on an asset outside: lets PostgreSQL read a stretch of the index instead of seeking each. */
  assetIds: { first: RawBuilder<number>; last: RawBuilder<number> };
};

/** {@link FindingRow.acceptance} of the finding `f`; asked only for those that are marked. */
export const acceptanceOf: RawBuilder<string | null> = sql`CASE WHEN f.is_accepted THEN (
  SELECT json_build_object('reasonType', r.reason_type, 'endMs', ${epochMs(sql`r.end_at`)})::text FROM risk_acceptance r
  WHERE r.subscription_id = f.subscription_id AND r.finding_id = f.id AND r.closed_at IS NULL) END`;

/**
 * A query of findings for {@link readFindingRows}: one row per source, one for a finding without any.
 *
 * The findings' table itself is joined with its sources, by the columns of the foreign key, because only there does the
 * planner know how many rows come out; of anything else it multiplies the columns' selectivities and expects one.
 */
export function selectFindingRows({ subscriptionId, matched, assetIds }: FindingSet): RawBuilder<unknown> {
  const isInRange = (column: string) => sql`${sql.ref(column)} BETWEEN ${assetIds.first} AND ${assetIds.last}`;
  return sql`
    SELECT f.id, f.asset_id, f.check_id, f.category, f.severity, f.status, f.cve_id, f.qds, f.first_found, f.last_found,
      f.last_fixed, f.reopened_at, f.port, f.protocol, f.instance,
      s.connection_id, s.check_id, s.first_seen, s.last_seen, s.is_present, s.severity, s.evidence,
      ${acceptanceOf}
    FROM ${matched} m
    JOIN finding f ON f.subscription_id = ${subscriptionId} AND f.id = m.id AND ${isInRange("f.asset_id")}
    LEFT JOIN finding_source s ON s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id
      AND s.fingerprint = f.fingerprint AND ${isInRange("s.asset_id")}
    ORDER BY f.id, s.connection_id, s.check_id`;
}

/** Findings from the binary COPY of {@link selectFindingRows}, in the order of their ids. */
export function* readFindingRows(bytes: Buffer): Generator<FindingRow, void> {
  let finding: FindingRow | undefined;
  for (const row of readBinaryCopy(bytes)) {
    if (finding?.id !== row.int8(0)) {
      if (finding) yield finding;
      finding = toFinding(row);
    }
    if (!row.isNull(15)) finding.sources.push(toSource(row));
  }
  if (finding) yield finding;
}

/** Which assets, CVEs and checks, those of sources too, the findings of such a COPY refer to. */
export function readReferences(bytes: Buffer): { assetIds: Set<number>; checkIds: Set<number>; cveIds: Set<string> } {
  const assetIds = new Set<number>();
  const checkIds = new Set<number>();
  const cveIds = new Set<string>();
  for (const row of readBinaryCopy(bytes)) {
    assetIds.add(row.int8(1));
    checkIds.add(row.int8(2));
    if (!row.isNull(6)) cveIds.add(row.text(6));
    if (!row.isNull(16)) checkIds.add(row.int8(16));
  }
  return { assetIds, checkIds, cveIds };
}

function toFinding(row: BinaryRow): FindingRow {
  return {
    id: row.int8(0),
    assetId: row.int8(1),
    checkId: row.int8(2),
    category: row.text(3),
    severity: row.int2(4),
    status: row.text(5),
    cveId: row.isNull(6) ? null : row.text(6),
    qds: row.int2(7),
    firstFoundMs: row.timeMs(8),
    ownLastFoundMs: row.timeMs(9),
    lastFixedMs: row.isNull(10) ? null : row.timeMs(10),
    reopenedMs: row.isNull(11) ? null : row.timeMs(11),
    port: row.isNull(12) ? null : row.int4(12),
    protocol: row.isNull(13) ? null : row.text(13),
    instance: row.isNull(14) ? null : row.text(14),
    acceptance: row.isNull(22) ? null : row.text(22),
    sources: [],
  };
}

function toSource(row: BinaryRow): SourceRow {
  return {
    connectionId: row.int4(15),
    checkId: row.int8(16),
    firstSeenMs: row.timeMs(17),
    lastSeenMs: row.timeMs(18),
    isPresent: row.bool(19),
    severity: row.int2(20),
    evidence: row.text(21),
  };
}
