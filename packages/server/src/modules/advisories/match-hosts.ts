import {
  type CompiledProduct,
  indexProducts,
  keysOfHost,
  type MatchedDevice,
  matchHost,
} from "@breakwater/domain/ot/advisories/index";
import type { Hardware, HostModule } from "@breakwater/domain/ot/index";
import { sql, type Transaction } from "kysely";
import { lockScores, rescoreAssets, writeWholeSource } from "../findings/index.ts";
import { describeDetections, type HostVerdicts } from "./describe-detections.ts";
import { reconcileDetections } from "./detection-store.ts";
import { explainEnds } from "./explain-ends.ts";
import { tellFirstStatistics } from "./first-statistics.ts";
import { ADVISORY_MATCHING, lockMatching } from "./matching-lock.ts";

type Tx = Transaction<unknown>;

/** Hosts that are matched in one transaction. */
const CHUNK_HOSTS = 200;

export type MatchResult = { isDone: boolean; added: number; reopened: number; fixed: number };

/**
 * Matches the next hosts that wait for it, and makes their detections and findings what the advisories say of them now.
 * Depends on hosts and advisories as they stand only: running it again changes nothing.
 *
 * @param at epoch ms of the detections
 */
export async function matchDueHosts(tx: Tx, subscriptionId: number, at: number): Promise<MatchResult> {
  const result = { isDone: true, added: 0, reopened: 0, fixed: 0 };
  if ((await listDue(tx, subscriptionId, 1)).length === 0) return result;
  await lockMatching(tx, subscriptionId);
  await lockScores(tx, "shared");
  const due = await listDue(tx, subscriptionId, CHUNK_HOSTS);
  const hosts = await holdHosts(tx, subscriptionId, due);
  if (hosts.length === 0) return result;
  const verdicts = await matchAll(tx, subscriptionId, hosts);
  const described = await describeDetections(tx, subscriptionId, verdicts);
  await reconcileDetections(
    tx,
    { subscriptionId, at },
    hosts.map(({ assetId }) => assetId),
    described.detections,
    (ended) => explainEnds(tx, subscriptionId, verdicts, ended),
  );
  const findings = new Map(hosts.map(({ assetId }) => [assetId, described.findings.get(assetId) ?? []]));
  const connectionId = await findOrCreateConnection(tx, subscriptionId);
  const written = await writeWholeSource(tx, { subscriptionId, connectionId, at }, findings);
  await rescoreAssets(
    tx,
    subscriptionId,
    hosts.map(({ assetId }) => assetId),
  );
  await settle(tx, subscriptionId, hosts);
  await tellFirstStatistics(tx, written.added);
  return { ...written, isDone: due.length < CHUNK_HOSTS };
}

async function listDue(tx: Tx, subscriptionId: number, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    SELECT asset_id AS id FROM ot_match WHERE subscription_id = ${subscriptionId} AND is_due
    ORDER BY asset_id LIMIT ${limit}`.execute(tx);
  return rows.map(({ id }) => id);
}

type HostRow = Hardware & {
  assetId: number;
  modules: (HostModule & { firmwareIsProven?: boolean })[];
  isProven: boolean;
};
type DueHost = { assetId: number; devices: MatchedDevice[]; keys: string[] };

/** Locks in the order of captures: assets first. What was deleted meanwhile is left out. */
async function holdHosts(tx: Tx, subscriptionId: number, assetIds: readonly number[]): Promise<DueHost[]> {
  await sql`SELECT FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...assetIds]}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  const { rows } = await sql<HostRow>`
    SELECT h.asset_id AS "assetId", h.manufacturer, h.type, h.category, h.family, h.model, h.order_number AS "orderNumber",
      h.catalog_number AS "catalogNumber", h.serial_number AS "serialNumber", h.firmware_version AS "firmwareVersion",
      h.hardware_revision AS "hardwareRevision", h.firmware_is_proven AS "isProven", h.modules
    FROM ot_match m JOIN ot_host h ON h.subscription_id = m.subscription_id AND h.asset_id = m.asset_id
    WHERE m.subscription_id = ${subscriptionId} AND m.asset_id = ANY (${[...assetIds]}::bigint[]) AND m.is_due
    ORDER BY m.asset_id FOR UPDATE OF m`.execute(tx);
  return rows.map(({ assetId, modules, isProven, ...hardware }) => {
    const devices = [
      { place: null, hardware, isFirmwareProven: isProven },
      ...modules.map(({ rack, slot, firmwareIsProven = true, ...module }) => ({
        place: rack === null ? `slot ${slot}` : `rack ${rack}, slot ${slot}`,
        hardware: module,
        isFirmwareProven: firmwareIsProven,
      })),
    ];
    return { assetId, devices, keys: keysOfHost(devices) };
  });
}

async function matchAll(tx: Tx, subscriptionId: number, hosts: readonly DueHost[]): Promise<HostVerdicts[]> {
  const keys = [...new Set(hosts.flatMap((host) => host.keys))];
  const { rows } = await sql<{ content: CompiledProduct }>`
    SELECT content FROM ot_advisory_product WHERE subscription_id = ${subscriptionId} AND keys && ${keys}::text[]
    ORDER BY advisory_id, ordinal`.execute(tx);
  const index = indexProducts(rows.map(({ content }) => content));
  return hosts.map(({ assetId, devices }) => ({ assetId, advisories: matchHost(devices, index) }));
}

async function settle(tx: Tx, subscriptionId: number, hosts: readonly DueHost[]): Promise<void> {
  const rows = hosts.map(({ assetId, keys }) => ({ assetId, keys }));
  await sql`
    UPDATE ot_match m SET is_due = false, keys = x.keys
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("assetId" bigint, keys text[])
    WHERE m.subscription_id = ${subscriptionId} AND m.asset_id = x."assetId"`.execute(tx);
}

async function findOrCreateConnection(tx: Tx, subscriptionId: number): Promise<number> {
  await sql`
    INSERT INTO connection (subscription_id, name, product) VALUES (${subscriptionId}, ${ADVISORY_MATCHING}, ${ADVISORY_MATCHING})
    ON CONFLICT (subscription_id, lower(name)) WHERE deleted_at IS NULL DO NOTHING`.execute(tx);
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM connection WHERE subscription_id = ${subscriptionId} AND lower(name) = lower(${ADVISORY_MATCHING}) AND deleted_at IS NULL`.execute(
    tx,
  );
  return rows[0]!.id;
}
