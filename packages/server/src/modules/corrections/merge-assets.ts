import { AppError } from "@breakwater/contract";
import { sql, type Transaction } from "kysely";
import type { ScopedDb } from "../../db/scoped.ts";
import type { Actor } from "../audit/index.ts";
import { forgottenLooks, moveAttributions, movesTo, shareSources, spellOutLastSeen } from "../findings/index.ts";
import { uniteHosts } from "../ot/index.ts";
import { listSources } from "./asset-sources.ts";
import { changeAssets, type HeldAsset, type Parts } from "./hold-assets.ts";

type Tx = Transaction<unknown>;

/**
 * Makes one asset of two: all that is known of the other becomes the first one's.
 *
 * @throws AppError `not-found`, `conflict`, `invalid-parameter`
 */
export async function mergeAssets(
  db: ScopedDb,
  parts: Parts,
  actor: Actor,
  assetId: string,
  otherId: string,
): Promise<void> {
  if (assetId === otherId) throw new AppError("invalid-parameter", "assetId: an asset cannot be merged into itself");
  const { subscriptionId } = db;
  await changeAssets(db, parts, actor, [assetId, otherId], async (tx, assets) => {
    const [into, other] = assets as [HeldAsset, HeldAsset];
    const pair = { from: other.id, to: into.id };
    await levelCommonSources(tx, subscriptionId, pair);
    await moveAttributions(tx, subscriptionId, await movesTo(tx, subscriptionId, { ...pair, connectionIds: null }));
    await moveRest(tx, subscriptionId, pair);
    await forgetApart(tx, subscriptionId, pair);
    if (other.isOtHost) await uniteHosts(tx, subscriptionId, pair);
    await sql`DELETE FROM asset WHERE subscription_id = ${subscriptionId} AND id = ${other.id}`.execute(tx);
    const detail = { merged: otherId, name: other.name.slice(0, 200) };
    return { outcome: undefined, touched: [into.id], event: { action: "etm.asset.merge", target: assetId, detail } };
  });
}

type Pair = { from: number; to: number };

/** Of a source that knows both, neither look was at all there is now: its findings' own times count, and the next looks anew. */
async function levelCommonSources(tx: Tx, subscriptionId: number, { from, to }: Pair): Promise<void> {
  const own = await listSources(tx, subscriptionId, to);
  const common = (await listSources(tx, subscriptionId, from)).filter(({ connectionId }) =>
    own.some((source) => source.connectionId === connectionId),
  );
  for (const { connectionId, products } of common) {
    const others = own.find((source) => source.connectionId === connectionId)!.products;
    const isShared = new Set([...products, ...others]).size > 1;
    const level = isShared ? shareSources : spellOutLastSeen;
    await level(tx, { subscriptionId, connectionId }, [from, to]);
    await sql`
      UPDATE asset_source s SET complete_at = least(s.complete_at, o.complete_at),
        runs = CASE WHEN s.complete_by IS NULL THEN ${forgottenLooks(sql`least(s.complete_at, o.complete_at)`)} ELSE '{}' END,
        (complete_by, runs_by) = (SELECT jsonb_object_agg(y.key, y.at), jsonb_object_agg(y.key,
            to_jsonb(${forgottenLooks(sql`to_timestamp(y.at::float8 / 1000)`)})) FROM (
          SELECT x.key, min(x.value::bigint) AS at FROM (SELECT * FROM jsonb_each_text(s.complete_by)
            UNION ALL SELECT * FROM jsonb_each_text(o.complete_by)) x GROUP BY x.key) y WHERE s.complete_by IS NOT NULL),
        first_seen_at = least(s.first_seen_at, o.first_seen_at), has_fresh = true, identifiers = s.identifiers || o.identifiers
      FROM asset_source o
      WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = ${to} AND s.connection_id = ${connectionId}
        AND o.subscription_id = s.subscription_id AND o.asset_id = ${from} AND o.connection_id = s.connection_id`.execute(
      tx,
    );
  }
}

async function moveRest(tx: Tx, subscriptionId: number, { from, to }: Pair): Promise<void> {
  await sql`
    UPDATE asset_source s SET asset_id = ${to} WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = ${from}
      AND NOT EXISTS (SELECT FROM asset_source o WHERE o.subscription_id = s.subscription_id AND o.asset_id = ${to}
        AND o.connection_id = s.connection_id)`.execute(tx);
  await sql`UPDATE asset_identifier SET asset_id = ${to}
    WHERE subscription_id = ${subscriptionId} AND asset_id = ${from}`.execute(tx);
  const united = (column: string) =>
    sql`ARRAY(SELECT DISTINCT x FROM unnest(${sql.ref(`a.${column}`)} || ${sql.ref(`o.${column}`)}) AS x ORDER BY x)`;
  await sql`
    UPDATE asset a SET created_at = least(a.created_at, o.created_at), tag_ids = ${united("tag_ids")},
      sources = ${united("sources")}, ip_addresses = ${united("ip_addresses")},
      mac_addresses = ${united("mac_addresses")}, host_names = ${united("host_names")},
      interfaces = (SELECT coalesce(jsonb_agg(DISTINCT x), '[]') FROM jsonb_array_elements(a.interfaces || o.interfaces) AS x),
      operating_system = coalesce(a.operating_system, o.operating_system),
      cloud_provider = coalesce(a.cloud_provider, o.cloud_provider)
    FROM asset o WHERE a.subscription_id = ${subscriptionId} AND a.id = ${to}
      AND o.subscription_id = a.subscription_id AND o.id = ${from}`.execute(tx);
}

/** What kept the two apart is gone; what kept others from the one that ends now keeps them from the other. */
async function forgetApart(tx: Tx, subscriptionId: number, { from, to }: Pair): Promise<void> {
  await sql`DELETE FROM asset_apart WHERE subscription_id = ${subscriptionId}
    AND asset_id IN (${from}, ${to}) AND apart_id IN (${from}, ${to})`.execute(tx);
  for (const [own, its] of [
    ["asset_id", "apart_id"],
    ["apart_id", "asset_id"],
  ] as const) {
    await sql`
      UPDATE asset_apart r SET ${sql.ref(own)} = ${to}
      WHERE r.subscription_id = ${subscriptionId} AND r.${sql.ref(own)} = ${from} AND NOT EXISTS (
        SELECT FROM asset_apart o WHERE o.subscription_id = r.subscription_id AND o.${sql.ref(own)} = ${to}
          AND o.${sql.ref(its)} = r.${sql.ref(its)})`.execute(tx);
  }
}
