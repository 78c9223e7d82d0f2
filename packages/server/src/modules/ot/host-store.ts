import type { Hardware, HostInterface, HostModule } from "@breakwater/domain/ot/index";
import { sql, type Transaction } from "kysely";

/** A resolved host as its row is written. */
export type HostRow = Hardware & {
  assetId: number;
  name: string;
  deviceName: string | null;
  role: string | null;
  purdueLevel: number | null;
  purdueBasis: string;
  ipAddresses: string[];
  macAddresses: string[];
  sources: string[];
  /** ISO 8601. */
  firstSeen: string;
  inventory: { source: string; created: string; lastUpdated: string }[];
  interfaces: HostInterface[];
  modules: HostModule[];
};

type Written = { hostsNew: number; hostsUpdated: number };

/**
 * Writes hosts that differ from what is stored, and what their assets show of them. When a source last saw a host is
 * no change of it. Counts each host once per import: as new in the one that made it, else as updated.
 */
export async function writeHosts(
  tx: Transaction<unknown>,
  origin: { subscriptionId: number; jobId: string },
  hosts: readonly HostRow[],
): Promise<Written> {
  const { subscriptionId, jobId } = origin;
  const incoming = sql`jsonb_to_recordset(${JSON.stringify(hosts)}::jsonb) AS n("assetId" bigint, name text,
    manufacturer text, type text, category text, family text, model text, "orderNumber" text, "catalogNumber" text,
    "serialNumber" text, "firmwareVersion" text, "hardwareRevision" text, "deviceName" text, role text,
    "purdueLevel" smallint, "purdueBasis" text, "ipAddresses" inet[], "macAddresses" text[], sources text[], "firstSeen" timestamptz,
    inventory jsonb, interfaces jsonb, modules jsonb)`;
  const changedAssets = await updateAssets(tx, origin, incoming);
  const { rows: made } = await sql<{ id: number }>`
    INSERT INTO ot_host (subscription_id, asset_id, created_in)
    SELECT ${subscriptionId}, n."assetId", ${jobId}::uuid FROM ${incoming} ORDER BY n."assetId"
    ON CONFLICT DO NOTHING RETURNING asset_id AS id`.execute(tx);
  const { rows: changed } = await sql<{ id: number }>`
    UPDATE ot_host h SET ${sql.raw(columns.map(([column, member]) => `${column} = n."${member}"`).join(", "))}
    FROM ${incoming}
    WHERE h.subscription_id = ${subscriptionId} AND h.asset_id = n."assetId"
      AND (${sql.raw(columns.map(([column]) => `h.${column}`).join(", "))})
        IS DISTINCT FROM (${sql.raw(columns.map(([, member]) => `n."${member}"`).join(", "))})
    RETURNING h.asset_id AS id`.execute(tx);
  await sql`
    UPDATE ot_host h SET inventory = n.inventory FROM ${incoming}
    WHERE h.subscription_id = ${subscriptionId} AND h.asset_id = n."assetId" AND h.inventory <> n.inventory`.execute(
    tx,
  );
  const touched = [...new Set([...changedAssets, ...changed.map(({ id }) => id)])];
  return { hostsNew: made.length, hostsUpdated: await markUpdated(tx, origin, touched) };
}

/** Columns of ot_host and the members of HostRow that they show. */
const columns: readonly (readonly [string, keyof HostRow])[] = [
  ["manufacturer", "manufacturer"],
  ["type", "type"],
  ["category", "category"],
  ["family", "family"],
  ["model", "model"],
  ["order_number", "orderNumber"],
  ["catalog_number", "catalogNumber"],
  ["serial_number", "serialNumber"],
  ["firmware_version", "firmwareVersion"],
  ["hardware_revision", "hardwareRevision"],
  ["device_name", "deviceName"],
  ["role", "role"],
  ["purdue_level", "purdueLevel"],
  ["purdue_basis", "purdueBasis"],
  ["interfaces", "interfaces"],
  ["modules", "modules"],
];

/** A name that another source gave stays: scanners know names that people use. */
async function updateAssets(
  tx: Transaction<unknown>,
  { subscriptionId }: { subscriptionId: number },
  incoming: ReturnType<typeof sql>,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    UPDATE asset a SET name = w.name, ip_addresses = w.ips, mac_addresses = w.macs, sources = w.sources,
      is_ot = true, created_at = w.created_at
    FROM (
      SELECT b.id, CASE WHEN b.sources <@ n.sources THEN n.name ELSE b.name END AS name,
             ARRAY(SELECT DISTINCT x FROM unnest(b.ip_addresses || n."ipAddresses") AS x ORDER BY x) AS ips,
             ARRAY(SELECT DISTINCT x FROM unnest(b.mac_addresses || n."macAddresses") AS x ORDER BY x) AS macs,
             ARRAY(SELECT DISTINCT x FROM unnest(b.sources || n.sources) AS x ORDER BY x) AS sources,
             least(b.created_at, n."firstSeen") AS created_at
      FROM ${incoming} JOIN asset b ON b.subscription_id = ${subscriptionId} AND b.id = n."assetId"
      ORDER BY b.id FOR NO KEY UPDATE OF b
    ) w
    WHERE a.subscription_id = ${subscriptionId} AND a.id = w.id
      AND (a.name, a.ip_addresses, a.mac_addresses, a.sources, a.is_ot, a.created_at)
        IS DISTINCT FROM (w.name, w.ips, w.macs, w.sources, true, w.created_at)
    RETURNING a.id`.execute(tx);
  return rows.map(({ id }) => id);
}

async function markUpdated(
  tx: Transaction<unknown>,
  { subscriptionId, jobId }: { subscriptionId: number; jobId: string },
  assetIds: readonly number[],
): Promise<number> {
  if (assetIds.length === 0) return 0;
  // The time of the description, not of the import: a scan made after the capture but imported before it is newer.
  await sql`
    UPDATE asset a SET updated_at = greatest(a.updated_at, e.last_seen)
    FROM (
      SELECT asset_id, max(last_seen) AS last_seen FROM ot_evidence
      WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${assetIds}::bigint[]) GROUP BY asset_id
    ) e
    WHERE a.subscription_id = ${subscriptionId} AND a.id = e.asset_id`.execute(tx);
  const { numAffectedRows } = await sql`
    UPDATE ot_host SET updated_in = ${jobId}::uuid
    WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${assetIds}::bigint[])
      AND created_in <> ${jobId}::uuid AND updated_in IS DISTINCT FROM ${jobId}::uuid`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
