import { sql, type Transaction } from "kysely";
import type { Move } from "./move-attributions.ts";

/**
 * What it takes to make attributions of one asset those of another.
 *
 * @param connectionIds null: of all connections
 */
export async function movesTo(
  tx: Transaction<unknown>,
  subscriptionId: number,
  { from, to, connectionIds }: { from: number; to: number; connectionIds: readonly number[] | null },
): Promise<Move[]> {
  const isMeant = connectionIds ? sql`s.connection_id = ANY (${[...connectionIds]}::integer[])` : sql`TRUE`;
  const { rows } = await sql<{ fingerprint: string; cveId: string | null; connectionId: number; checkId: number }>`
    SELECT s.fingerprint, f.cve_id AS "cveId", s.connection_id AS "connectionId", s.check_id AS "checkId"
    FROM finding_source s JOIN finding f ON f.subscription_id = s.subscription_id AND f.asset_id = s.asset_id
      AND f.fingerprint = s.fingerprint
    WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = ${from} AND ${isMeant}`.execute(tx);
  return rows.map(({ fingerprint, cveId, connectionId, checkId }) => ({
    from: { assetId: from, fingerprint },
    to: { assetId: to, fingerprint, cveId },
    connectionId,
    checkId,
  }));
}
