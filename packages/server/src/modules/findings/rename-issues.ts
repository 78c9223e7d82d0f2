import { findingFingerprint, isCve, toNamedIssue } from "@breakwater/domain/identity/index";
import { sql, type Transaction } from "kysely";
import type { FindingKey } from "./finding-store.ts";
import { type Move, moveAttributions } from "./move-attributions.ts";
import { rescoreAssets } from "./score-assets.ts";

type Tx = Transaction<unknown>;

type Attributed = FindingKey & {
  connectionId: number;
  checkId: number;
  port: number | null;
  protocol: string | null;
  instance: string | null;
};

const STEP_ASSETS = 500;

/**
 * Keys what checks reported by the names that they go by now: findings of one weakness become one, and what was taken for
 * one becomes several again. Under the lock of the scores, alone: nobody writes findings by the former names meanwhile.
 */
export async function renameIssues(
  tx: Tx,
  subscriptionId: number,
  renamed: readonly { checkId: number; issue: string }[],
): Promise<void> {
  if (renamed.length === 0) return;
  const issues = new Map(renamed.map(({ checkId, issue }) => [checkId, issue]));
  const { rows } = await sql<Attributed>`
    SELECT s.asset_id AS "assetId", s.fingerprint, s.connection_id AS "connectionId", s.check_id AS "checkId", f.port,
      f.protocol, f.instance
    FROM finding_source s JOIN finding f ON f.subscription_id = s.subscription_id AND f.asset_id = s.asset_id
      AND f.fingerprint = s.fingerprint
    WHERE s.subscription_id = ${subscriptionId} AND s.is_aliased AND s.check_id = ANY (${[...issues.keys()]}::bigint[])
    ORDER BY s.asset_id, s.fingerprint`.execute(tx);
  const byAsset = [...Map.groupBy(rows, ({ assetId }) => assetId).values()];
  for (let from = 0; from < byAsset.length; from += STEP_ASSETS) {
    const step = byAsset.slice(from, from + STEP_ASSETS).flat();
    const assetIds = [...new Set(step.map(({ assetId }) => assetId))];
    await sql`SELECT FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${assetIds}::bigint[])
      ORDER BY id FOR NO KEY UPDATE`.execute(tx);
    const moves = step.map((one) => toMove(one, issues.get(one.checkId)!));
    await rescoreAssets(tx, subscriptionId, await moveAttributions(tx, subscriptionId, moves));
  }
}

function toMove(
  { port, protocol, instance, assetId, fingerprint, connectionId, checkId }: Attributed,
  issue: string,
): Move {
  const next = findingFingerprint(toNamedIssue(issue), { port, protocol, instance });
  const to = { assetId, fingerprint: next, cveId: isCve(issue) ? issue : null };
  return { from: { assetId, fingerprint }, to, connectionId, checkId };
}
