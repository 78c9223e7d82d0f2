import { type RawBuilder, sql } from "kysely";
import { type Answered, listVersion } from "../../db/list-cache.ts";
import type { SqlHandle } from "../../db/pool.ts";
import { prepared } from "../../db/prepared.ts";
import { ByteWriter } from "../../exporters/index.ts";
import { jsonFormat } from "./finding-json.ts";
import { toRecord } from "./finding-lookup.ts";
import type { FindingRow, SourceRow } from "./finding-rows.ts";
import { takeRows } from "./known-rows.ts";
import { firstSeenAt, isDated, lastSeenAt } from "./select-finding-rows.ts";
import { epochMs } from "./sql-values.ts";

/** Of all pages in turn: each is made without waiting in between. */
let out = new ByteWriter();
/** A page of more is rare, and its memory is not kept. */
const MAX_KEPT_BYTES = 8 * 2 ** 20;

/**
 * Findings as one JSON array, in the order of their ids: of a page, not of a report. An id without a finding is left out.
 * One statement reads what is theirs; what they refer to is nearly always known.
 *
 * @param ids of findings that the caller may see
 */
export async function readFindings(
  db: SqlHandle,
  subscriptionId: number,
  ids: readonly number[],
): Promise<Answered<Buffer>> {
  const { rows } = await selectFindings(subscriptionId, ids).execute(db);
  if (rows.length === 0) return { value: Buffer.from("[]"), version: "" };
  const { version, isKevWhole } = rows[0]!;
  const { findings, seenAtMs, ...wanted } = collect(rows);
  const { grow, ...taken } = await takeRows(db, subscriptionId, { version, isKevWhole, ...wanted });
  const assets = new Map([...taken.assets].map(([id, text]) => [id, { seenAtMs: seenAtMs.get(id)!, text }]));
  const known = { ...taken, assets };
  out.length = 0;
  out.text("[");
  for (const finding of findings) {
    const record = toRecord(jsonFormat, known, finding, (characters) => grow(finding.checkId, characters));
    if (!record) continue;
    if (out.length > 1) out.text(",");
    jsonFormat.write(out, record);
  }
  out.text("]");
  const value = Buffer.from(out.written);
  if (value.length > MAX_KEPT_BYTES) out = new ByteWriter();
  return { value, version };
}

/** One row per source, one for a finding without any. */
type StoredRow = Omit<FindingRow, "acceptance" | "sources"> &
  Pick<SourceRow, "firstSeenMs" | "lastSeenMs" | "isPresent" | "isDated"> & {
    version: string;
    isKevWhole: boolean;
    connectionId: number | null;
    sourceCheckId: number;
    sourceSeverity: number;
    evidence: string;
    /** When its connection last looked at the asset. */
    seenAtMs: number | null;
  };

function selectFindings(subscriptionId: number, ids: readonly number[]): RawBuilder<StoredRow> {
  return sql<StoredRow>`${prepared}
    SELECT f.id, f.asset_id AS "assetId", f.check_id AS "checkId", f.category, f.severity, f.status,
      f.cve_id AS "cveId", f.qds, ${epochMs(sql`f.first_found`)} AS "firstFoundMs",
      ${epochMs(sql`f.last_found`)} AS "ownLastFoundMs", ${epochMs(sql`f.last_fixed`)} AS "lastFixedMs",
      ${epochMs(sql`f.reopened_at`)} AS "reopenedMs", f.port, f.protocol, f.instance,
      s.connection_id AS "connectionId", s.check_id AS "sourceCheckId", ${epochMs(firstSeenAt)} AS "firstSeenMs",
      ${epochMs(lastSeenAt)} AS "lastSeenMs", s.is_present AS "isPresent", ${isDated} AS "isDated", s.severity AS "sourceSeverity", s.evidence,
      ${epochMs(sql`v.seen_at`)} AS "seenAtMs",
      EXISTS (SELECT FROM knowledge_feed WHERE kind = 'kev' AND whole_at IS NOT NULL) AS "isKevWhole", ${listVersion} AS version
    FROM unnest(${`{${ids.join(",")}}`}::bigint[]) WITH ORDINALITY AS m(id, ordinal)
    JOIN finding f ON f.subscription_id = ${subscriptionId} AND f.id = m.id
    LEFT JOIN finding_source s ON s.subscription_id = ${subscriptionId} AND s.asset_id = f.asset_id
      AND s.fingerprint = f.fingerprint
    LEFT JOIN asset_source v ON v.subscription_id = ${subscriptionId} AND v.asset_id = f.asset_id
      AND v.connection_id = s.connection_id
    ORDER BY m.ordinal, s.connection_id, s.check_id`;
}

/** The findings of the rows, what they refer to, and when connections last looked at their assets. */
function collect(rows: readonly StoredRow[]) {
  const findings: FindingRow[] = [];
  const [checks, assets, cves] = [new Set<number>(), new Set<number>(), new Set<string>()];
  const seenAtMs = new Map<number, Map<number, number>>();
  for (const row of rows) {
    const { assetId, cveId } = row;
    if (findings.at(-1)?.id !== row.id) {
      findings.push(toFinding(row));
      checks.add(row.checkId);
      assets.add(assetId);
      if (cveId !== null) cves.add(cveId);
      if (!seenAtMs.has(assetId)) seenAtMs.set(assetId, new Map());
    }
    if (row.connectionId === null) continue;
    findings.at(-1)!.sources.push(toSource(row, row.connectionId));
    checks.add(row.sourceCheckId);
    if (row.seenAtMs !== null) seenAtMs.get(assetId)!.set(row.connectionId, row.seenAtMs);
  }
  return { findings, seenAtMs, checks, assets, cves };
}

/** Lists do not show acceptances. */
function toFinding(row: StoredRow): FindingRow {
  const { id, assetId, checkId, category, severity, status, cveId, qds } = row;
  const { firstFoundMs, ownLastFoundMs, lastFixedMs, reopenedMs, port, protocol, instance } = row;
  const times = { firstFoundMs, ownLastFoundMs, lastFixedMs, reopenedMs };
  const place = { port, protocol, instance };
  return {
    id,
    assetId,
    checkId,
    category,
    severity,
    status,
    cveId,
    qds,
    ...times,
    ...place,
    acceptance: null,
    sources: [],
  };
}

function toSource(row: StoredRow, connectionId: number): SourceRow {
  const { sourceCheckId: checkId, firstSeenMs, lastSeenMs, isPresent, isDated, sourceSeverity: severity } = row;
  const bytes = Buffer.from(row.evidence);
  const evidence = { bytes, start: 0, end: bytes.length };
  return { connectionId, checkId, firstSeenMs, lastSeenMs, isPresent, isDated, severity, evidence };
}
