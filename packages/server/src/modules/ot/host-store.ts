import type { Hardware, HostInterface, HostModule } from "@breakwater/domain/ot/index";
import { sql, type Transaction } from "kysely";

/** A resolved host as its row is written. */
export type HostRow = Hardware & {
  assetId: number;
  name: string;
  firmwareIsProven: boolean;
  deviceName: string | null;
  operatingSystem: string | null;
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
  const { subscriptionId } = origin;
  const incoming = toRecordset(hosts);
  const changedAssets = await updateAssets(tx, origin, incoming);
  const names = sql.raw(columns.map(([column]) => `h.${column}`).join(", "));
  const values = sql.raw(columns.map(([, member]) => `n."${member}"`).join(", "));
  const { rows: differing } = await sql<{ id: number; isNew: boolean; isChanged: boolean }>`
    SELECT * FROM (
      SELECT n."assetId" AS id, h.asset_id IS NULL AS "isNew", (${names}) IS DISTINCT FROM (${values}) AS "isChanged",
             h.inventory IS DISTINCT FROM n.inventory AS "isSeen"
      FROM ${incoming} LEFT JOIN ot_host h ON h.subscription_id = ${subscriptionId} AND h.asset_id = n."assetId"
    ) d WHERE d."isNew" OR d."isChanged" OR d."isSeen"`.execute(tx);
  await upsertHosts(tx, origin, hosts, new Set(differing.map(({ id }) => id)));
  const made = differing.filter(({ isNew }) => isNew);
  const changed = differing.filter(({ isNew, isChanged }) => isNew || isChanged);
  const touched = [...new Set([...changedAssets, ...changed.map(({ id }) => id)])];
  return { hostsNew: made.length, hostsUpdated: await markUpdated(tx, origin, touched) };
}

function toRecordset(hosts: readonly HostRow[]): ReturnType<typeof sql> {
  return sql`json_to_recordset(${JSON.stringify(hosts)}::json) AS n("assetId" bigint, name text,
    manufacturer text, type text, category text, family text, model text, "orderNumber" text, "catalogNumber" text,
    "serialNumber" text, "firmwareVersion" text, "hardwareRevision" text, "firmwareIsProven" boolean, "deviceName" text, "operatingSystem" text,
    role text,
    "purdueLevel" smallint, "purdueBasis" text, "ipAddresses" inet[], "macAddresses" text[], sources text[],
    "firstSeen" timestamptz, inventory jsonb, interfaces jsonb, modules jsonb)`;
}

/** The hosts' assets are locked by now, so that nobody else writes the same hosts meanwhile. */
async function upsertHosts(
  tx: Transaction<unknown>,
  { subscriptionId, jobId }: { subscriptionId: number; jobId: string },
  hosts: readonly HostRow[],
  differing: ReadonlySet<number>,
): Promise<void> {
  if (differing.size === 0) return;
  const all = [...columns, ["inventory", "inventory"]] as const;
  const list = (toText: (column: string, member: string) => string) =>
    sql.raw(all.map(([column, member]) => toText(column, member)).join(", "));
  await sql`
    INSERT INTO ot_host (subscription_id, asset_id, created_in, ${list((column) => column)})
    SELECT ${subscriptionId}, n."assetId", ${jobId}::uuid, ${list((_, member) => `n."${member}"`)}
    FROM ${toRecordset(hosts.filter(({ assetId }) => differing.has(assetId)))} ORDER BY n."assetId"
    ON CONFLICT (subscription_id, asset_id) DO UPDATE SET ${list((column) => `${column} = excluded.${column}`)}`.execute(
    tx,
  );
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
  ["firmware_is_proven", "firmwareIsProven"],
  ["device_name", "deviceName"],
  ["role", "role"],
  ["purdue_level", "purdueLevel"],
  ["purdue_basis", "purdueBasis"],
  ["interfaces", "interfaces"],
  ["modules", "modules"],
];

/** A name and a system that another source gave stay: scanners know names that people use, and log in to look. */
async function updateAssets(
  tx: Transaction<unknown>,
  { subscriptionId }: { subscriptionId: number },
  incoming: ReturnType<typeof sql>,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    UPDATE asset a SET name = w.name, ip_addresses = w.ips, mac_addresses = w.macs, sources = w.sources,
      operating_system = w.system, is_ot = true, created_at = w.created_at
    FROM (
      SELECT b.id, CASE WHEN b.sources <@ n.sources THEN n.name ELSE b.name END AS name,
             CASE WHEN b.sources <@ n.sources THEN coalesce(n."operatingSystem", b.operating_system)
               ELSE coalesce(b.operating_system, n."operatingSystem") END AS system,
             ARRAY(SELECT DISTINCT x FROM unnest(b.ip_addresses || n."ipAddresses") AS x ORDER BY x) AS ips,
             ARRAY(SELECT DISTINCT x FROM unnest(b.mac_addresses || n."macAddresses") AS x ORDER BY x) AS macs,
             ARRAY(SELECT DISTINCT x FROM unnest(b.sources || n.sources) AS x ORDER BY x) AS sources,
             least(b.created_at, n."firstSeen") AS created_at
      FROM ${incoming} JOIN asset b ON b.subscription_id = ${subscriptionId} AND b.id = n."assetId"
      ORDER BY b.id FOR NO KEY UPDATE OF b
    ) w
    WHERE a.subscription_id = ${subscriptionId} AND a.id = w.id
      AND (a.name, a.operating_system, a.ip_addresses, a.mac_addresses, a.sources, a.is_ot, a.created_at)
        IS DISTINCT FROM (w.name, w.system, w.ips, w.macs, w.sources, true, w.created_at)
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
