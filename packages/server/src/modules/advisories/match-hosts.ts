import type { MatchedDevice } from "@breakwater/domain/ot/advisories/index";
import type { Hardware, HostModule } from "@breakwater/domain/ot/index";
import { type RawBuilder, type SqlBool, sql, type Transaction } from "kysely";
import { prepared } from "../../db/prepared.ts";
import { followRules, rescoreAssets, scoresLock, writeWholeSource } from "../findings/index.ts";
import { describeDetections, type HostVerdicts } from "./describe-detections.ts";
import { reconcileDetections } from "./detection-store.ts";
import { explainEnds } from "./explain-ends.ts";
import { tellFirstStatistics } from "./first-statistics.ts";
import { type KnownAdvisories, knownAdvisories } from "./known-advisories.ts";
import { ADVISORY_MATCHING, matchingLock } from "./matching-lock.ts";

type Tx = Transaction<unknown>;

/** Hosts that are matched in one transaction. */
const CHUNK_HOSTS = 500;
const IN_FAILED_TRANSACTION = "25P02";
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
  const isDue = sql<SqlBool>`subscription_id = ${subscriptionId}
    AND ${among === null ? sql`TRUE` : sql`asset_id = ANY (${[...among]}::bigint[])`}`;
  if (!(await begin(tx, subscriptionId, isDue))) return result;
  const due = await holdDue(tx, subscriptionId, isDue);
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
  const { known } = hosts[0]!;
  const connectionId = hosts[0]!.connectionId ?? (await createConnection(tx, subscriptionId));
  const verdicts = await matchAll(tx, known, hosts);
  const named = verdicts.flatMap(({ advisories }) => advisories.map(({ advisoryId }) => advisoryId));
  await known.learn(tx, named);
  const described = describeDetections(verdicts, known);
  const reconciled = reconcileDetections(tx, { subscriptionId, at }, assetIds, described.detections, (ended) =>
    explainEnds(tx, subscriptionId, hosts, verdicts, ended),
  );
  const { knownAssets, ...written } = await alongside(
    reconciled,
    writeWholeSource(tx, { subscriptionId, connectionId, at }, described.findings),
  );
  const fresh = assetIds.filter((id) => !knownAssets.has(id));
  await rescoreAssets(tx, subscriptionId, [...knownAssets], { isLocked: true });
  // All that is theirs is new, written with its score, and told by this source alone.
  if (fresh.length > 0) await followRules(tx, subscriptionId, { written: fresh });
  return written;
}

/**
 * Two that write in one transaction: while PostgreSQL is at the statement of one, the other is reckoned. Waits for both
 * also where one fails, since the transaction is theirs till then.
 */
async function alongside<Result>(one: Promise<void>, other: Promise<Result>): Promise<Result> {
  const [first, second] = await Promise.allSettled([one, other]);
  const failures = [first, second].flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  // The statements of the other fail because the transaction has: that is not the cause.
  if (failures.length > 0) throw failures.find((failure) => failure?.code !== IN_FAILED_TRANSACTION) ?? failures[0];
  return (second as PromiseFulfilledResult<Result>).value;
}

/**
 * Takes the locks, in their order, unless nobody waits. For few hosts statements that are {@link prepared} keep the plan of
 * the session to the end of the transaction: left to itself PostgreSQL plans those anew that look cheaper for one asset than
 * for the ten that it takes a list to have, which is half of their time.
 *
 * @returns whether somebody waits
 */
async function begin(tx: Tx, subscriptionId: number, isDue: RawBuilder<SqlBool>): Promise<boolean> {
  const { rows } = await sql`${prepared}
    SELECT ${matchingLock(subscriptionId)}, ${scoresLock},
      CASE WHEN (SELECT count(*) FROM (SELECT FROM ot_due_host WHERE ${isDue} LIMIT ${FEW_HOSTS + 1}) few) <= ${FEW_HOSTS}
        THEN set_config('plan_cache_mode', 'force_generic_plan', true) END
    WHERE EXISTS (SELECT FROM ot_due_host WHERE ${isDue})`.execute(tx);
  return rows.length > 0;
}

/**
 * The next that wait, with their assets locked; in the order of captures: assets first. What they write of a host is read in
 * a statement after this one.
 */
async function holdDue(tx: Tx, subscriptionId: number, isDue: RawBuilder<SqlBool>): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`${prepared}
    WITH due AS MATERIALIZED (
      SELECT asset_id FROM ot_due_host WHERE ${isDue} ORDER BY asset_id LIMIT ${CHUNK_HOSTS}
    ), held AS MATERIALIZED (
      SELECT id FROM asset WHERE subscription_id = ${subscriptionId} AND id = ANY (ARRAY(SELECT asset_id FROM due))
      ORDER BY id FOR NO KEY UPDATE
    ) SELECT asset_id AS id FROM due WHERE (SELECT count(*) FROM held) >= 0 ORDER BY asset_id`.execute(tx);
  return rows.map(({ id }) => id);
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
type DueHost = {
  assetId: number;
  devices: MatchedDevice[];
  keys: readonly string[];
  areKeysNew: boolean;
  connectionId: number | null;
  /** The same for all. */
  known: KnownAdvisories;
};

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
  const known = knownAdvisories(subscriptionId, rows[0]?.version ?? null);
  return rows.map(({ assetId, modules, isProven, formerKeys, version: _version, connectionId, ...hardware }) => {
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
    const { keys } = known.kindOf(devices);
    const areKeysNew = keys.join("\n") !== formerKeys?.join("\n");
    return { assetId, devices, keys, areKeysNew, connectionId, known };
  });
}

async function matchAll(tx: Tx, known: KnownAdvisories, hosts: readonly DueHost[]): Promise<HostVerdicts[]> {
  await known.productsOf(
    tx,
    hosts.flatMap((host) => host.keys),
  );
  return hosts.map(({ assetId, devices }) => ({ assetId, advisories: known.verdictsOf(devices) }));
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
