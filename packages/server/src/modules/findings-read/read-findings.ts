import { sql } from "kysely";
import type { SqlHandle } from "../../db/pool.ts";
import { prepared } from "../../db/prepared.ts";
import { ByteWriter } from "../../exporters/index.ts";
import type { RunQuery } from "./finding-dictionary.ts";
import type { FindingFormat } from "./finding-format.ts";
import { createFindingLookup } from "./finding-lookup.ts";
import { acceptanceOf, type FindingRow, type SourceRow } from "./finding-rows.ts";
import { epochMs } from "./sql-values.ts";

/**
 * The texts of some findings, in the order of their ids: of a page, not of a report. An id without a finding is left out.
 *
 * @param ids of findings that the caller may see
 */
export async function readFindings<C, A>(
  db: SqlHandle,
  subscriptionId: number,
  ids: readonly number[],
  format: FindingFormat<C, A>,
): Promise<string[]> {
  if (ids.length === 0) return [];
  const run: RunQuery = async (query) => (await sql<never>`${prepared}${query}`.execute(db)).rows;
  const rows = await run(selectFindings(subscriptionId, ids));
  const findings = rows.map((row): FindingRow => ({ ...row, sources: row.sources.map(toSourceRow) }));
  const lookup = createFindingLookup(run, subscriptionId, format);
  await lookup.learn({
    assetIds: new Set(findings.map(({ assetId }) => assetId)),
    checkIds: new Set(findings.flatMap(({ checkId, sources }) => [checkId, ...sources.map((one) => one.checkId)])),
    cveIds: new Set(findings.flatMap(({ cveId }) => cveId ?? [])),
  });
  const out = new ByteWriter();
  return findings.flatMap((finding) => {
    const record = lookup.toRecord(finding);
    if (!record) return [];
    out.length = 0;
    format.write(out, record);
    return out.written.toString();
  });
}

type StoredSource = Omit<SourceRow, "evidence"> & { evidence: string };
type StoredFinding = Omit<FindingRow, "sources"> & { sources: StoredSource[] };

function toSourceRow(source: StoredSource): SourceRow {
  const bytes = Buffer.from(source.evidence);
  return { ...source, evidence: { bytes, start: 0, end: bytes.length } };
}

function selectFindings(subscriptionId: number, ids: readonly number[]) {
  return sql<StoredFinding>`
    SELECT f.id, f.asset_id AS "assetId", f.check_id AS "checkId", f.category, f.severity, f.status,
      f.cve_id AS "cveId", f.qds, ${epochMs(sql`f.first_found`)} AS "firstFoundMs",
      ${epochMs(sql`f.last_found`)} AS "ownLastFoundMs", ${epochMs(sql`f.last_fixed`)} AS "lastFixedMs",
      ${epochMs(sql`f.reopened_at`)} AS "reopenedMs", f.port, f.protocol, f.instance,
      ${acceptanceOf} AS acceptance,
      coalesce((SELECT json_agg(json_build_object('connectionId', s.connection_id, 'checkId', s.check_id,
          'firstSeenMs', ${epochMs(sql`s.first_seen`)}, 'lastSeenMs', ${epochMs(sql`s.last_seen`)},
          'isPresent', s.is_present, 'severity', s.severity, 'evidence', s.evidence)
          ORDER BY s.connection_id, s.check_id)
        FROM finding_source s WHERE s.subscription_id = f.subscription_id AND s.asset_id = f.asset_id
          AND s.fingerprint = f.fingerprint), '[]') AS sources
    FROM unnest(${ids}::bigint[]) WITH ORDINALITY AS m(id, ordinal)
    JOIN finding f ON f.subscription_id = ${subscriptionId} AND f.id = m.id
    ORDER BY m.ordinal`;
}
