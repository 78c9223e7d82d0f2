import { mergeAll, PROJECT_FILE, type Statement } from "@breakwater/domain/ot/index";
import { sql, type Transaction } from "kysely";
import { writeEvidence } from "../ot/index.ts";

type Tx = Transaction<unknown>;

export type ToldAddress = { assetId: number; address: string };

/**
 * Brings the evidence of these assets to what all project files say of them now.
 *
 * @returns IP addresses that none of them says any more
 */
export async function rewriteEvidence(
  tx: Tx,
  origin: { subscriptionId: number; jobId: string },
  assetIds: readonly number[],
): Promise<ToldAddress[]> {
  const { subscriptionId } = origin;
  const { rows } = await sql<{ assetId: number; statements: Statement[] }>`
    SELECT asset_id AS "assetId", statements FROM ot_project_file_asset
    WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${assetIds}::bigint[])
    ORDER BY asset_id, project_file_id, ordinal`.execute(tx);
  const told = [...Map.groupBy(rows, ({ assetId }) => assetId)].flatMap(([assetId, parts]) =>
    mergeAll(parts.flatMap(({ statements }) => statements)).map((statement) => ({ ...statement, assetId })),
  );
  // Only what is not said any more goes, so that the same file again touches nothing.
  const said = told.map(({ assetId, field, value, protocol, lastSeenMs }) => {
    return { assetId, field, value, protocol, lastSeen: new Date(lastSeenMs) };
  });
  const { rows: unsaid } = await sql<ToldAddress & { field: string }>`
    DELETE FROM ot_evidence e
    WHERE e.subscription_id = ${subscriptionId} AND e.asset_id = ANY (${assetIds}::bigint[]) AND e.source = ${PROJECT_FILE}
      AND NOT EXISTS (
        SELECT FROM json_to_recordset(${JSON.stringify(said)}::json)
          AS s("assetId" bigint, field text, value text, protocol text, "lastSeen" timestamptz)
        WHERE s."assetId" = e.asset_id AND s.field = e.field AND s.value = e.value AND s.protocol = e.protocol
          AND s."lastSeen" = e.last_seen)
    RETURNING e.asset_id AS "assetId", e.field, e.value AS address`.execute(tx);
  await writeEvidence(tx, origin, told);
  return unsaid.filter(({ field }) => field === "ipAddress");
}

/**
 * Takes from assets what only project files had said of them and say no more: addresses, the source, and the asset itself
 * when nobody else knows it.
 *
 * @returns the assets that are gone
 */
export async function forgetHosts(
  tx: Tx,
  { subscriptionId, network }: { subscriptionId: number; network: string },
  assetIds: readonly number[],
  addresses: readonly ToldAddress[],
): Promise<number[]> {
  const isMeant = sql`a.subscription_id = ${subscriptionId} AND a.id = ANY (${assetIds}::bigint[])`;
  await sql`SELECT FROM asset a WHERE ${isMeant} ORDER BY a.id FOR UPDATE`.execute(tx);
  const { rows: gone } = await sql<{ id: number }>`
    SELECT a.id FROM asset a WHERE ${isMeant} AND ${isUnscanned}
      AND NOT EXISTS (SELECT FROM ot_evidence e WHERE e.subscription_id = a.subscription_id AND e.asset_id = a.id)`.execute(
    tx,
  );
  const ids = gone.map(({ id }) => id);
  for (const table of ["finding_source", "finding"])
    await sql`DELETE FROM ${sql.table(table)} WHERE subscription_id = ${subscriptionId}
      AND asset_id = ANY (${ids}::bigint[])`.execute(tx);
  await sql`DELETE FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${ids}::bigint[])`.execute(tx);
  await forgetAddresses(tx, subscriptionId, network, addresses);
  await sql`
    UPDATE asset a SET sources = array_remove(a.sources, ${PROJECT_FILE})
    WHERE ${isMeant} AND a.sources @> ARRAY[${PROJECT_FILE}::text] AND NOT EXISTS (
      SELECT FROM ot_evidence e WHERE e.subscription_id = a.subscription_id AND e.asset_id = a.id
        AND e.source = ${PROJECT_FILE})`.execute(tx);
  return ids;
}

/** What a scanner says of an asset is not in the evidence. */
const isUnscanned = sql`NOT EXISTS (
  SELECT FROM asset_source s WHERE s.subscription_id = a.subscription_id AND s.asset_id = a.id)`;

/** Addresses that nobody says any more; those of assets that a scanner knows stay. */
async function forgetAddresses(
  tx: Tx,
  subscriptionId: number,
  network: string,
  addresses: readonly ToldAddress[],
): Promise<void> {
  if (addresses.length === 0) return;
  const { rows } = await sql<ToldAddress>`
    SELECT t."assetId", t.address
    FROM json_to_recordset(${JSON.stringify(addresses)}::json) AS t("assetId" bigint, address text)
    JOIN asset a ON a.subscription_id = ${subscriptionId} AND a.id = t."assetId"
    WHERE ${isUnscanned} AND NOT EXISTS (
      SELECT FROM ot_evidence e WHERE e.subscription_id = a.subscription_id AND e.asset_id = a.id
        AND e.field = 'ipAddress' AND e.value = t.address)`.execute(tx);
  const told = sql`json_to_recordset(${JSON.stringify(rows)}::json) AS t("assetId" bigint, address text)`;
  await sql`
    UPDATE asset a SET ip_addresses = ARRAY(
      SELECT x FROM unnest(a.ip_addresses) AS x
      WHERE NOT EXISTS (SELECT FROM ${told} WHERE t."assetId" = a.id AND t.address::inet = x) ORDER BY x)
    WHERE a.subscription_id = ${subscriptionId} AND a.id IN (SELECT t."assetId" FROM ${told})`.execute(tx);
  await sql`
    DELETE FROM asset_identifier i USING ${told}
    WHERE i.subscription_id = ${subscriptionId} AND i.asset_id = t."assetId" AND i.kind = 'ip'
      AND i.network = ${network} AND i.value = host(t.address::inet)`.execute(tx);
}
