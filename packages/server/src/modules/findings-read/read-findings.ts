import { sql } from "kysely";
import type { SqlHandle } from "../../db/pool.ts";
import { NO_CVE_SIGNS, type RunQuery, readAssets, readChecks, readCveSigns, readNames } from "./finding-dictionary.ts";
import { type FindingFormat, toSeen } from "./finding-format.ts";
import { acceptanceOf, type FindingRow } from "./finding-rows.ts";
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
  const run: RunQuery = async (query) => (await query.execute(db)).rows;
  const rows = await run(selectFindings(subscriptionId, ids));
  const checkIds = new Set(rows.flatMap(({ checkId, sources }) => [checkId, ...sources.map((one) => one.checkId)]));
  const names = await readNames(run, subscriptionId);
  const checks = new Map(
    [...(await readChecks(run, subscriptionId, [...checkIds]))].map(([id, check]) => [
      id,
      { check, text: format.check(check) },
    ]),
  );
  const assetIds = [...new Set(rows.map(({ assetId }) => assetId))];
  const assets = await readAssets(run, subscriptionId, assetIds, names.tags);
  const signs = await readCveSigns(run, [...new Set(rows.flatMap(({ cveId }) => cveId ?? []))]);
  const texts = new Map([...assets].map(([id, asset]) => [id, format.asset(asset)]));
  return rows.flatMap((finding) => {
    const check = checks.get(finding.checkId);
    const asset = assets.get(finding.assetId);
    // Gone between two statements: merged into another asset, or deleted.
    if (!check || !asset) return [];
    const seen = toSeen(finding, asset, checks, names);
    return format
      .record(finding, check.text, texts.get(asset.id) as A, seen, signs.get(finding.cveId ?? "") ?? NO_CVE_SIGNS)
      .map(String)
      .join("");
  });
}

function selectFindings(subscriptionId: number, ids: readonly number[]) {
  return sql<FindingRow>`
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
