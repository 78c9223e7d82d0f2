import type { HeldIdentifier, Identifier } from "@breakwater/domain/identity/index";
import { PROJECT_FILE } from "@breakwater/domain/ot/index";
import { type RawBuilder, sql, type Transaction } from "kysely";
import { ADVISORY_MATCHING, moveDetections } from "../advisories/index.ts";
import { AssetGoneError, type Move, moveAttributions, movesTo } from "../findings/index.ts";
import { PASSIVE_SENSOR } from "./capture-collector.ts";

type Tx = Transaction<unknown>;

/** Findings beside those of advisories, which follow from the host's description. A scanner's asset has its source too. */
function scannedFindings(ofAsset: RawBuilder<unknown>, subscriptionId: number): RawBuilder<unknown> {
  return sql`SELECT FROM finding f
    LEFT JOIN check_definition c ON c.subscription_id = f.subscription_id AND c.id = f.check_id
    WHERE f.subscription_id = ${subscriptionId} AND f.asset_id ${ofAsset} AND c.product IS DISTINCT FROM ${ADVISORY_MATCHING}`;
}

/**
 * An identifier with who holds it. Absorbable: a host that passive sources alone know, without findings, and which nobody
 * took apart from another.
 */
export type Holding = HeldIdentifier & { isAbsorbable: boolean };

/** Until it is resolved, a new asset is called by its address. */
export type NewAsset = { name: string; createdAt: Date };

/** All identifiers of every asset that holds any of those given. */
export async function findHolders(
  tx: Tx,
  subscriptionId: number,
  identifiers: readonly Identifier[],
): Promise<Holding[]> {
  const wanted = identifiers.map(({ kind, value, network }) => ({ kind, value, network }));
  const { rows } = await sql<Omit<Holding, "claimedAt"> & { claimedAt: Date }>`
    WITH holder AS MATERIALIZED (
      SELECT DISTINCT i.asset_id
      FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS w(kind text, value text, network text)
      JOIN asset_identifier i ON i.subscription_id = ${subscriptionId}
        AND i.kind = w.kind AND i.value = w.value AND i.network = w.network
    )
    SELECT i.kind, i.value, i.network, i.asset_id AS "assetId", i.claimed_at AS "claimedAt",
           a.sources <@ ${[PASSIVE_SENSOR, PROJECT_FILE]}::text[]
             AND NOT EXISTS (${scannedFindings(sql`= a.id`, subscriptionId)})
             AND NOT EXISTS (SELECT FROM asset_source s WHERE s.subscription_id = a.subscription_id AND s.asset_id = a.id)
             AND NOT EXISTS (SELECT FROM asset_apart r WHERE r.subscription_id = a.subscription_id
               AND (r.asset_id = a.id OR r.apart_id = a.id))
             AS "isAbsorbable"
    FROM holder h
    JOIN asset a ON a.subscription_id = ${subscriptionId} AND a.id = h.asset_id
    JOIN asset_identifier i ON i.subscription_id = ${subscriptionId} AND i.asset_id = h.asset_id
    ORDER BY i.kind, i.value, i.network`.execute(tx);
  return rows.map((row) => ({ ...row, claimedAt: row.claimedAt.getTime() }));
}

/** @returns the ids of the new assets, in the order of the list */
export async function createAssets(tx: Tx, subscriptionId: number, assets: readonly NewAsset[]): Promise<number[]> {
  if (assets.length === 0) return [];
  const { rows } = await sql<{ id: number }>`
    WITH numbered AS MATERIALIZED (
      SELECT nextval(pg_get_serial_sequence('asset', 'id')) AS id, n.ordinal, n.name, n."createdAt"
      FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(assets)}::jsonb) AS (name text, "createdAt" timestamptz))
        WITH ORDINALITY AS n(name, "createdAt", ordinal)
    ), inserted AS (
      INSERT INTO asset (subscription_id, id, name, is_ot, created_at, updated_at)
      OVERRIDING SYSTEM VALUE
      SELECT ${subscriptionId}, id, name, true, "createdAt", "createdAt" FROM numbered
    )
    SELECT id FROM numbered ORDER BY ordinal`.execute(tx);
  return rows.map((row) => row.id);
}

/** Gives identifiers to their assets, whoever held them before. */
export async function writeIdentifiers(
  tx: Tx,
  subscriptionId: number,
  identifiers: readonly HeldIdentifier[],
): Promise<void> {
  if (identifiers.length === 0) return;
  const rows = identifiers.map(({ kind, value, network, assetId, claimedAt }) => ({
    kind,
    value,
    network,
    asset_id: assetId,
    claimed_at: new Date(claimedAt),
  }));
  await sql`
    INSERT INTO asset_identifier (subscription_id, network, kind, value, asset_id, claimed_at)
    SELECT ${subscriptionId}, network, kind, value, asset_id, claimed_at
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      AS i(kind text, value text, network text, asset_id bigint, claimed_at timestamptz)
    ORDER BY kind, value, network
    ON CONFLICT (subscription_id, kind, value, network)
      DO UPDATE SET asset_id = excluded.asset_id, claimed_at = excluded.claimed_at`.execute(tx);
}

/**
 * Moves all that passive sources know of each asset, and what advisories say of it, to another one, and removes it. The
 * lock of the scores is held.
 *
 * @throws AssetGoneError when a scanner has found such an asset since: run the transaction again
 */
export async function absorbAssets(
  tx: Tx,
  subscriptionId: number,
  pairs: readonly { from: number; into: number }[],
): Promise<void> {
  if (pairs.length === 0) return;
  await assertAbsorbable(tx, subscriptionId, pairs);
  await moveHosts(tx, subscriptionId, pairs);
  const pair = sql`jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS p("from" bigint, "into" bigint)`;
  await sql`
    UPDATE asset_identifier i SET asset_id = p."into" FROM ${pair}
    WHERE i.subscription_id = ${subscriptionId} AND i.asset_id = p."from"`.execute(tx);
  await sql`
    UPDATE asset a SET created_at = least(a.created_at, o.created_at), tag_ids = ARRAY(
      SELECT DISTINCT t FROM unnest(a.tag_ids || o.tag_ids) AS t ORDER BY t)
    FROM (
      SELECT p."into", min(f.created_at) AS created_at,
             coalesce((SELECT array_agg(t) FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS q("from" bigint, "into" bigint)
               JOIN asset b ON b.subscription_id = ${subscriptionId} AND b.id = q."from", unnest(b.tag_ids) AS t
               WHERE q."into" = p."into"), '{}') AS tag_ids
      FROM ${pair} JOIN asset f ON f.subscription_id = ${subscriptionId} AND f.id = p."from"
      GROUP BY p."into"
    ) o
    WHERE a.subscription_id = ${subscriptionId} AND a.id = o."into"`.execute(tx);
  const moves: Move[] = [];
  for (const { from, into } of pairs)
    moves.push(...(await movesTo(tx, subscriptionId, { from, to: into, connectionIds: null })));
  await moveAttributions(tx, subscriptionId, moves);
  await sql`
    DELETE FROM asset a USING ${pair} WHERE a.subscription_id = ${subscriptionId} AND a.id = p."from"`.execute(tx);
}

/**
 * Gives what passive sources told of each asset, the project files that name it and its detections to another one, which
 * is a host from then on. What the host is has to be resolved anew. The assets are locked.
 */
export async function moveHosts(
  tx: Tx,
  subscriptionId: number,
  pairs: readonly { from: number; into: number }[],
): Promise<void> {
  const pair = sql`jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS p("from" bigint, "into" bigint)`;
  await sql`
    INSERT INTO ot_evidence AS e (subscription_id, asset_id, field, value, protocol, source, confidence,
                                  first_seen, last_seen, job_id, frame)
    SELECT DISTINCT ON (p."into", o.field, o.value, o.protocol, o.source)
           o.subscription_id, p."into", o.field, o.value, o.protocol, o.source,
           max(o.confidence) OVER same, min(o.first_seen) OVER same, max(o.last_seen) OVER same, o.job_id, o.frame
    FROM ${pair} JOIN ot_evidence o ON o.subscription_id = ${subscriptionId} AND o.asset_id = p."from"
    WINDOW same AS (PARTITION BY p."into", o.field, o.value, o.protocol, o.source)
    ORDER BY p."into", o.field, o.value, o.protocol, o.source, o.last_seen DESC
    ON CONFLICT (subscription_id, asset_id, field, value, protocol, source) DO UPDATE SET
      confidence = greatest(e.confidence, excluded.confidence), first_seen = least(e.first_seen, excluded.first_seen),
      last_seen = greatest(e.last_seen, excluded.last_seen)`.execute(tx);
  await sql`
    UPDATE ot_project_file_asset n SET asset_id = p."into" FROM ${pair}
    WHERE n.subscription_id = ${subscriptionId} AND n.asset_id = p."from"`.execute(tx);
  // As another it goes on: deleted with its asset, it would take its detections along.
  await sql`
    INSERT INTO ot_host
    SELECT DISTINCT ON (p."into") (jsonb_populate_record(h, jsonb_build_object('asset_id', p."into"))).*
    FROM ${pair} JOIN ot_host h ON h.subscription_id = ${subscriptionId} AND h.asset_id = p."from"
    ORDER BY p."into", p."from" ON CONFLICT DO NOTHING`.execute(tx);
  await moveDetections(tx, subscriptionId, pairs);
}

/**
 * Findings have no foreign key to their asset. Scans write them under the lock of its row, so under that lock, in a
 * statement of its own that sees what they have committed, "no findings" stays true until the asset is gone.
 */
async function assertAbsorbable(
  tx: Tx,
  subscriptionId: number,
  pairs: readonly { from: number; into: number }[],
): Promise<void> {
  // Those that remain too, whose detections nobody else is to write meanwhile.
  await sql`
    SELECT FROM asset WHERE subscription_id = ${subscriptionId}
      AND id = ANY (${pairs.flatMap(({ from, into }) => [from, into])}::bigint[])
    ORDER BY id FOR UPDATE`.execute(tx);
  const assetIds = pairs.map(({ from }) => from);
  const { rows } = await sql`
    ${scannedFindings(sql`= ANY (${assetIds}::bigint[])`, subscriptionId)}
    UNION ALL
    SELECT FROM asset_source WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${assetIds}::bigint[])
    LIMIT 1`.execute(tx);
  if (rows.length > 0) throw new AssetGoneError("a scanner has found an asset that was to be absorbed");
}
