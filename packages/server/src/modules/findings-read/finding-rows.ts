import type { BinaryRows } from "../../db/binary-rows.ts";
import type { Utf8Range } from "../../exporters/index.ts";

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
  /** `lastSeenMs` is the source's own date: when it looked last at the asset does not count. */
  isDated: boolean;
  severity: number;
  evidence: Utf8Range;
};

/** A finding of the rows and the index of the first row behind it. */
type FindingOfRows = { finding: FindingRow; end: number };

/**
 * Findings of rows that `selectFindingRows` gives, in their order. The last one may have further sources in rows to come: whoever is not at the end
 * leaves it there.
 */
export function* readFindingRows(rows: BinaryRows): Generator<FindingOfRows, void> {
  let finding: FindingRow | undefined;
  for (let index = 0; index < rows.count; index++) {
    rows.seek(index);
    if (finding?.id !== rows.int8(0)) {
      if (finding) yield toWhole(finding, index);
      // Others may have sought elsewhere.
      rows.seek(index);
      finding = toFinding(rows);
    }
    if (!rows.isNull(15)) finding.sources.push(toSource(rows));
  }
  if (finding) yield toWhole(finding, rows.count);
}

function toWhole(finding: FindingRow, end: number): FindingOfRows {
  const { sources } = finding;
  if (sources.length > 1) sources.sort((a, b) => a.connectionId - b.connectionId || a.checkId - b.checkId);
  return { finding, end };
}

/** What findings refer to; checks of their sources too. */
export type References = { assetIds: Set<number>; checkIds: Set<number>; cveIds: Set<string> };

export function readReferences(rows: BinaryRows): References {
  const found: References = { assetIds: new Set(), checkIds: new Set(), cveIds: new Set() };
  for (let index = 0; index < rows.count; index++) {
    rows.seek(index);
    found.assetIds.add(rows.int8(1));
    found.checkIds.add(rows.int8(2));
    if (!rows.isNull(6)) found.cveIds.add(rows.text(6));
    if (!rows.isNull(16)) found.checkIds.add(rows.int8(16));
  }
  return found;
}

function toFinding(row: BinaryRows): FindingRow {
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

function toSource(row: BinaryRows): SourceRow {
  return {
    connectionId: row.int4(15),
    checkId: row.int8(16),
    firstSeenMs: row.timeMs(17),
    lastSeenMs: row.timeMs(18),
    isPresent: row.bool(19),
    severity: row.int2(20),
    evidence: row.range(21),
    isDated: row.bool(23),
  };
}
