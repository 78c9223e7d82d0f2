import { sql, type Transaction } from "kysely";
import { prepared } from "../../db/prepared.ts";

type Tx = Transaction<unknown>;

/**
 * Has findings show the check of the source that is trusted most, of those that call them open, else of those that still
 * report them, else of all: by rank, then by severity, then by the connection's name and the source's own id of the check,
 * so that it does not matter which was imported first. The assets are locked.
 */
export async function showTrusted(tx: Tx, subscriptionId: number, assetIds: readonly number[]): Promise<number[]> {
  if (assetIds.length === 0) return [];
  const { rows } = await sql<{ id: number }>`${prepared}
    WITH shared AS (
      SELECT s.asset_id, s.fingerprint FROM finding_source s
      WHERE s.subscription_id = ${subscriptionId} AND s.asset_id = ANY (${assetIds}::bigint[])
      GROUP BY 1, 2 HAVING count(*) > 1
    )
    UPDATE finding f SET check_id = x.check_id, severity = x.severity FROM (
      SELECT DISTINCT ON (s.asset_id, s.fingerprint) s.asset_id, s.fingerprint, s.check_id, s.severity
      FROM shared h
      JOIN finding_source s ON s.subscription_id = ${subscriptionId} AND s.asset_id = h.asset_id
        AND s.fingerprint = h.fingerprint
      JOIN connection n ON n.subscription_id = s.subscription_id AND n.id = s.connection_id
      JOIN check_definition c ON c.subscription_id = s.subscription_id AND c.id = s.check_id
      ORDER BY s.asset_id, s.fingerprint, s.is_present AND NOT s.is_mitigated DESC, s.is_present DESC, n.trust_rank,
        s.severity DESC, lower(n.name), n.id, c.vendor_id COLLATE "C", c.id
    ) x
    WHERE f.subscription_id = ${subscriptionId} AND f.asset_id = x.asset_id AND f.fingerprint = x.fingerprint
      AND (f.check_id, f.severity) IS DISTINCT FROM (x.check_id, x.severity)
    RETURNING f.asset_id AS id`.execute(tx);
  return rows.map(({ id }) => id);
}

/** With one connection there is nothing to choose that an import has not chosen already. */
export async function hasSeveralSources(tx: Tx, subscriptionId: number): Promise<boolean> {
  const { rows } =
    await sql`${prepared} SELECT FROM connection WHERE subscription_id = ${subscriptionId} LIMIT 2`.execute(tx);
  return rows.length > 1;
}

/** Whether some connection gives its assets a criticality of its own. */
async function hasDefaults(tx: Tx, subscriptionId: number): Promise<boolean> {
  const { rows } = await sql`SELECT FROM connection WHERE subscription_id = ${subscriptionId}
    AND default_criticality IS NOT NULL LIMIT 1`.execute(tx);
  return rows.length > 0;
}

/**
 * Brings the criticality that assets have without their tags', that of the connection which saw them first, up to date.
 * Under the lock of the tags; locks the assets that change.
 *
 * @param isChanged the settings of connections themselves are others now
 * @returns the assets that changed: to be totalled
 */
export async function settleDefaultCriticality(
  tx: Tx,
  subscriptionId: number,
  assetIds: readonly number[],
  { isChanged = false }: { isChanged?: boolean } = {},
): Promise<number[]> {
  if (assetIds.length === 0 || !(isChanged || (await hasDefaults(tx, subscriptionId)))) return [];
  const { rows } = await sql<{ id: number }>`
    UPDATE asset a SET default_criticality = x.wanted, criticality = coalesce((
        SELECT max(g.criticality) FROM tag g WHERE g.subscription_id = a.subscription_id AND g.id = ANY (a.tag_ids)), x.wanted)
    FROM (
      SELECT b.id, w.wanted FROM asset b CROSS JOIN LATERAL (SELECT coalesce((
        SELECT n.default_criticality FROM asset_source v
        JOIN connection n ON n.subscription_id = v.subscription_id AND n.id = v.connection_id
        WHERE v.subscription_id = b.subscription_id AND v.asset_id = b.id
        ORDER BY v.first_seen_at, lower(n.name), n.id LIMIT 1), 2) AS wanted) w
      WHERE b.subscription_id = ${subscriptionId} AND b.id = ANY (${[...assetIds]}::bigint[])
        AND b.default_criticality <> w.wanted
      ORDER BY b.id FOR NO KEY UPDATE OF b
    ) x
    WHERE a.subscription_id = ${subscriptionId} AND a.id = x.id
    RETURNING a.id`.execute(tx);
  return rows.map(({ id }) => id);
}
