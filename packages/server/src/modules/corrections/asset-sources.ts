import type { Identifier } from "@breakwater/domain/identity/index";
import { sql, type Transaction } from "kysely";
import type { Move } from "../findings/index.ts";

type Tx = Transaction<unknown>;

/** A source that knows an asset. */
export type AssetSource = { connectionId: number; name: string; products: string[]; told: Identifier[] };

export async function listSources(tx: Tx, subscriptionId: number, assetId: number): Promise<AssetSource[]> {
  const { rows } = await sql<AssetSource>`
    SELECT s.connection_id AS "connectionId", n.name, s.identifiers AS told,
      CASE WHEN s.complete_by IS NULL THEN ARRAY[coalesce(s.product, n.product)]
        ELSE ARRAY(SELECT jsonb_object_keys(s.complete_by)) END AS products
    FROM asset_source s JOIN connection n ON n.subscription_id = s.subscription_id AND n.id = s.connection_id
    WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = ${assetId} ORDER BY s.connection_id`.execute(tx);
  return rows;
}

export async function listHeld(tx: Tx, subscriptionId: number, assetId: number): Promise<Identifier[]> {
  const { rows } = await sql<Identifier>`
    SELECT kind, value, network FROM asset_identifier
    WHERE subscription_id = ${subscriptionId} AND asset_id = ${assetId} ORDER BY kind, value, network`.execute(tx);
  return rows;
}

/**
 * What it takes to make attributions of one asset those of another.
 *
 * @param connectionIds null: of all connections
 */
export async function movesTo(
  tx: Tx,
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

/** Whose word the description of an asset is, after some of its sources have gone: nobody's of those. */
export async function forgetDescribers(
  tx: Tx,
  subscriptionId: number,
  assetId: number,
  connectionIds: readonly number[],
): Promise<void> {
  await sql`
    UPDATE asset a SET described_by = coalesce((
      SELECT jsonb_object_agg(d.key, d.value - ${connectionIds.map(String)}::text[]) FROM jsonb_each(a.described_by) d), '{}')
    WHERE a.subscription_id = ${subscriptionId} AND a.id = ${assetId}`.execute(tx);
}
