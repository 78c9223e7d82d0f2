import { keysOfHost, type MatchedDevice, matchHost } from "@breakwater/domain/ot/advisories/index";
import type { Hardware, HostModule } from "@breakwater/domain/ot/index";
import { sql, type Transaction } from "kysely";
import { prepared } from "../../db/prepared.ts";
import { lockScores, rescoreAssets, writeWholeSource } from "../findings/index.ts";
import { describeDetections, type HostVerdicts } from "./describe-detections.ts";
import { reconcileDetections } from "./detection-store.ts";
import { explainEnds } from "./explain-ends.ts";
import { tellFirstStatistics } from "./first-statistics.ts";
import { type KnownAdvisories, knownAdvisories } from "./known-advisories.ts";
import { ADVISORY_MATCHING, lockMatching } from "./matching-lock.ts";

type Tx = Transaction<unknown>;

/** Hosts that are matched in one transaction. */
const CHUNK_HOSTS = 200;
/** So few are matched as fast as their statements are planned. */
const FEW_HOSTS = 10;

export type MatchResult = { isDone: boolean; added: number; reopened: number; fixed: number };

/**
 * Matches the next hosts that wait for it, and makes their detections and findings what the advisories say of them now.
 * Depends on hosts and advisories as they stand only: running it again changes nothing.
 *
 * @param at epoch ms of the detections
 * @param among ids of the assets that are meant, which the caller has locked; all when left out
 */
export async function matchDueHosts(
  tx: Tx,
  subscriptionId: number,
  at: number,
  among: readonly number[] | null = null,
): Promise<MatchResult> {
  const result = { isDone: true, added: 0, reopened: 0, fixed: 0 };
  if ((await listDue(tx, subscriptionId, among, 1)).length === 0) return result;
  await lockMatching(tx, subscriptionId);
  await lockScores(tx, "shared");
  const due = await listDue(tx, subscriptionId, among, CHUNK_HOSTS);
  if (due.length <= FEW_HOSTS) await planOnce(tx);
  await holdAssets(tx, subscriptionId, due);
  const hosts = await readHosts(tx, subscriptionId, due);
  const written = hosts.length > 0 ? await matchHosts(tx, { subscriptionId, at }, hosts) : result;
  await settle(tx, subscriptionId, due, hosts);
  await tellFirstStatistics(tx, written.added);
  return { ...written, isDone: due.length < CHUNK_HOSTS };
}

async function matchHosts(
  tx: Tx,
  { subscriptionId, at }: { subscriptionId: number; at: number },
  hosts: readonly DueHost[],
): Promise<Omit<MatchResult, "isDone">> {
  const assetIds = hosts.map(({ assetId }) => assetId);
  const known = knownAdvisories(subscriptionId, hosts[0]!.version);
  const connectionId = hosts[0]!.connectionId ?? (await createConnection(tx, subscriptionId));
  const verdicts = await matchAll(tx, known, hosts);
  const named = verdicts.flatMap(({ advisories }) => advisories.map(({ advisoryId }) => advisoryId));
  await known.learn(tx, named);
  const described = describeDetections(verdicts, known);
  await reconcileDetections(tx, { subscriptionId, at }, assetIds, described.detections, (ended) =>
    explainEnds(tx, subscriptionId, hosts, verdicts, ended),
  );
  const findings = new Map(assetIds.map((assetId) => [assetId, described.findings.get(assetId) ?? []]));
  const written = await writeWholeSource(tx, { subscriptionId, connectionId, at }, findings);
  await rescoreAssets(tx, subscriptionId, assetIds, { isLocked: true });
  return written;
}

async function listDue(
  tx: Tx,
  subscriptionId: number,
  among: readonly number[] | null,
  limit: number,
): Promise<number[]> {
  const isMeant = among === null ? sql`TRUE` : sql`asset_id = ANY (${[...among]}::bigint[])`;
  const { rows } = await sql<{ id: number }>`${prepared}
    SELECT asset_id AS id FROM ot_due_host WHERE subscription_id = ${subscriptionId} AND ${isMeant}
    ORDER BY asset_id LIMIT ${limit}`.execute(tx);
  return rows.map(({ id }) => id);
}

/**
 * To the end of the transaction statements that are {@link prepared} keep the plan of the session. Left to itself PostgreSQL
 * plans those anew that look cheaper for one asset than for the ten that it takes a list to have: half of their time.
 */
async function planOnce(tx: Tx): Promise<void> {
  await sql`SET LOCAL plan_cache_mode = force_generic_plan`.execute(tx);
}

/** In the order of captures: assets first. What they write of a host is read in a statement after this one. */
async function holdAssets(tx: Tx, subscriptionId: number, assetIds: readonly number[]): Promise<void> {
  await sql`${prepared} SELECT FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (${assetIds}::bigint[])
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
}

/** At which version the advisories are, and by which connection their findings come. */
type Standing = { version: string | null; connectionId: number | null };
type HostRow = Hardware &
  Standing & {
    assetId: number;
    /** Stored ones may be of a version that had fewer members. */
    modules: (Omit<HostModule, "hostAddress"> & Partial<HostModule>)[];
    isProven: boolean;
    formerKeys: string[] | null;
  };
type DueHost = Standing & { assetId: number; devices: MatchedDevice[]; keys: string[]; areKeysNew: boolean };

/** What was deleted meanwhile is left out. */
async function readHosts(tx: Tx, subscriptionId: number, assetIds: readonly number[]): Promise<DueHost[]> {
  const { rows } = await sql<HostRow>`${prepared}
    SELECT h.asset_id AS "assetId", h.manufacturer, h.type, h.category, h.family, h.model, h.order_number AS "orderNumber",
      h.catalog_number AS "catalogNumber", h.serial_number AS "serialNumber", h.firmware_version AS "firmwareVersion",
      h.hardware_revision AS "hardwareRevision", h.firmware_is_proven AS "isProven", h.modules, m.keys AS "formerKeys",
      (SELECT version FROM ot_advisory_version WHERE subscription_id = ${subscriptionId}) AS version,
      (SELECT id FROM connection WHERE subscription_id = ${subscriptionId} AND lower(name) = lower(${ADVISORY_MATCHING})
        AND deleted_at IS NULL) AS "connectionId"
    FROM ot_host h LEFT JOIN ot_match m ON m.subscription_id = h.subscription_id AND m.asset_id = h.asset_id
    WHERE h.subscription_id = ${subscriptionId} AND h.asset_id = ANY (${assetIds}::bigint[]) ORDER BY h.asset_id`.execute(
    tx,
  );
  return rows.map(({ assetId, modules, isProven, formerKeys, version, connectionId, ...hardware }) => {
    const devices = [
      { place: null, hardware, isFirmwareProven: isProven },
      // One with an address is a host, and matched as that.
      ...modules
        .filter(({ hostAddress = null }) => hostAddress === null)
        .map(({ rack, slot, firmwareIsProven = true, ...module }) => ({
          place: rack === null ? `slot ${slot}` : `rack ${rack}, slot ${slot}`,
          hardware: module,
          isFirmwareProven: firmwareIsProven,
        })),
    ];
    const keys = keysOfHost(devices);
    const areKeysNew = keys.join("\n") !== formerKeys?.join("\n");
    return { assetId, devices, keys, areKeysNew, version, connectionId };
  });
}

async function matchAll(tx: Tx, known: KnownAdvisories, hosts: readonly DueHost[]): Promise<HostVerdicts[]> {
  const products = await known.productsOf(
    tx,
    hosts.flatMap((host) => host.keys),
  );
  return hosts.map(({ assetId, devices }) => ({ assetId, advisories: matchHost(devices, products) }));
}

async function settle(
  tx: Tx,
  subscriptionId: number,
  due: readonly number[],
  hosts: readonly DueHost[],
): Promise<void> {
  await sql`${prepared} DELETE FROM ot_due_host
    WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${due}::bigint[])`.execute(tx);
  const rows = hosts.flatMap(({ assetId, keys, areKeysNew }) => (areKeysNew ? [{ assetId, keys }] : []));
  if (rows.length === 0) return;
  await sql`
    INSERT INTO ot_match (subscription_id, asset_id, keys)
    SELECT ${subscriptionId}, x."assetId", x.keys
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x("assetId" bigint, keys text[])
    ON CONFLICT (subscription_id, asset_id) DO UPDATE SET keys = excluded.keys`.execute(tx);
}

async function createConnection(tx: Tx, subscriptionId: number): Promise<number> {
  await sql`
    INSERT INTO connection (subscription_id, name, product) VALUES (${subscriptionId}, ${ADVISORY_MATCHING}, ${ADVISORY_MATCHING})
    ON CONFLICT (subscription_id, lower(name)) WHERE deleted_at IS NULL DO NOTHING`.execute(tx);
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM connection WHERE subscription_id = ${subscriptionId} AND lower(name) = lower(${ADVISORY_MATCHING}) AND deleted_at IS NULL`.execute(
    tx,
  );
  return rows[0]!.id;
}
