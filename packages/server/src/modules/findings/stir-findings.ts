import { sql, type Transaction } from "kysely";
import { compareKeys, type FindingKey, findingKey, loadFindings, updateFindings } from "./finding-store.ts";
import { settleAgain } from "./life-cycle.ts";
import { lookOnceMore, type RunKey } from "./observation-store.ts";

type Tx = Transaction<unknown>;

/**
 * Settles findings of which a late report has changed when they were back: runs under way may have shown them since, of which
 * nothing but their former status told. Sources that show the assets unchanged look at them all the same.
 */
export async function stirFindings(tx: Tx, run: RunKey, findings: readonly FindingKey[]): Promise<void> {
  if (findings.length === 0) return;
  const { subscriptionId } = run;
  const shown = new Set((await spellOutPending(tx, run, findings)).map(findingKey));
  const keys = findings.filter((key) => shown.has(findingKey(key)));
  const known = await loadFindings(tx, subscriptionId, keys);
  const settled = keys.map(({ assetId, fingerprint }) => ({
    ...{ assetId, fingerprint },
    state: settleAgain(known.get(findingKey({ assetId, fingerprint }))!),
  }));
  await updateFindings(tx, subscriptionId, settled.sort(compareKeys));
  await lookOnceMore(tx, subscriptionId, [...new Set(findings.map(({ assetId }) => assetId))]);
}

/** Writes the times of other runs under way into what they have shown. @returns of which findings */
async function spellOutPending(tx: Tx, run: RunKey, findings: readonly FindingKey[]): Promise<FindingKey[]> {
  const keys = findings.map(({ assetId, fingerprint }) => ({ assetId, fingerprint }));
  const { rows } = await sql<FindingKey>`
    UPDATE finding_source s SET last_seen = p.seen_to
    FROM json_to_recordset(${JSON.stringify(keys)}::json) AS x("assetId" bigint, fingerprint uuid),
      import_asset p JOIN import_job j ON j.subscription_id = p.subscription_id AND j.id = p.job_id
    WHERE p.subscription_id = ${run.subscriptionId} AND p.asset_id = x."assetId" AND p.job_id <> ${run.jobId}
      AND s.subscription_id = p.subscription_id AND s.asset_id = p.asset_id AND s.fingerprint = x.fingerprint
      AND s.connection_id = (j.checkpoint->'sink'->>'connectionId')::integer AND s.is_present AND s.last_seen < p.seen_to
      AND (SELECT c.product FROM check_definition c WHERE c.subscription_id = s.subscription_id AND c.id = s.check_id)
        = j.checkpoint->'sink'->>'product'
      AND NOT EXISTS (SELECT FROM import_missing m WHERE m.subscription_id = p.subscription_id AND m.job_id = p.job_id
        AND m.asset_id = p.asset_id AND m.fingerprint = s.fingerprint AND m.check_id = s.check_id)
    RETURNING s.asset_id AS "assetId", s.fingerprint`.execute(tx);
  return rows;
}
