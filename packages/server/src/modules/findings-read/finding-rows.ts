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

/**
 * Tells each finding of rows that `selectFindingRows` gives, in their order, and the index of the first row behind it. The last
 * one may have further sources in rows to come: whoever is not at the end leaves it there.
 *
 * A finding and its sources are the same objects each time, good until the next: by far most of what an export would throw away.
 */
type FindingRows = (rows: BinaryRows, onFinding: (finding: FindingRow, end: number) => void) => void;

export function createFindingRows(): FindingRows {
  const finding = createFinding();
  /** As many as any finding had. */
  const sources: SourceRow[] = [];
  return (rows, onFinding) => {
    if (rows.count > 0) rows.seek(0);
    for (let index = 0; index < rows.count; ) {
      readFinding(rows, finding);
      const { id } = finding;
      let count = 0;
      do {
        if (!rows.isNull(15)) {
          sources[count] ??= createSource();
          readSource(rows, sources[count]!);
          count += 1;
        }
        index += 1;
        if (index < rows.count) rows.seek(index);
      } while (index < rows.count && rows.int8(0) === id);
      // Not emptied before: that would give its memory away.
      if (finding.sources.length !== count) finding.sources.length = count;
      for (let at = 0; at < count; at++) finding.sources[at] = sources[at]!;
      if (count > 1) finding.sources.sort((a, b) => a.connectionId - b.connectionId || a.checkId - b.checkId);
      onFinding(finding, index);
    }
  };
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

function createFinding(): FindingRow {
  const own = { id: 0, assetId: 0, checkId: 0, category: "", severity: 0, status: "", cveId: null, qds: 0 };
  const times = { firstFoundMs: 0, ownLastFoundMs: 0, lastFixedMs: null, reopenedMs: null };
  return { ...own, ...times, port: null, protocol: null, instance: null, acceptance: null, sources: [] };
}

function readFinding(row: BinaryRows, finding: FindingRow): void {
  finding.id = row.int8(0);
  finding.assetId = row.int8(1);
  finding.checkId = row.int8(2);
  finding.category = row.text(3);
  finding.severity = row.int2(4);
  finding.status = row.text(5);
  finding.cveId = row.isNull(6) ? null : row.text(6);
  finding.qds = row.int2(7);
  finding.firstFoundMs = row.timeMs(8);
  finding.ownLastFoundMs = row.timeMs(9);
  finding.lastFixedMs = row.isNull(10) ? null : row.timeMs(10);
  finding.reopenedMs = row.isNull(11) ? null : row.timeMs(11);
  finding.port = row.isNull(12) ? null : row.int4(12);
  finding.protocol = row.isNull(13) ? null : row.text(13);
  finding.instance = row.isNull(14) ? null : row.text(14);
  finding.acceptance = row.isNull(22) ? null : row.text(22);
}

function createSource(): SourceRow {
  const evidence = { bytes: new Uint8Array(), start: 0, end: 0 };
  const times = { firstSeenMs: 0, lastSeenMs: 0 };
  return { connectionId: 0, checkId: 0, ...times, isPresent: false, isDated: false, severity: 0, evidence };
}

function readSource(row: BinaryRows, source: SourceRow): void {
  source.connectionId = row.int4(15);
  source.checkId = row.int8(16);
  source.firstSeenMs = row.timeMs(17);
  source.lastSeenMs = row.timeMs(18);
  source.isPresent = row.bool(19);
  source.severity = row.int2(20);
  row.range(21, source.evidence);
  source.isDated = row.bool(23);
}
