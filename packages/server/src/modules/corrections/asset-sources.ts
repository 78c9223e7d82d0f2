import type { Identifier } from "@breakwater/domain/identity/index";
import { sql, type Transaction } from "kysely";

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
