import { uniteDetectionStates } from "@breakwater/domain/ot/advisories/index";
import { sql, type Transaction } from "kysely";
import { keyOf, readStored, type StoredRow, time } from "./detection-store.ts";

/**
 * Makes the detections of hosts those of others, with their history. Where the other has the same one, both become its
 * own. The assets are locked, and those that remain are hosts by now.
 */
export async function moveDetections(
  tx: Transaction<unknown>,
  subscriptionId: number,
  pairs: readonly { from: number; into: number }[],
): Promise<void> {
  const targets = new Map(pairs.map(({ from, into }) => [from, into]));
  const stored = await readStored(tx, subscriptionId, [...new Set(pairs.flatMap(({ from, into }) => [from, into]))]);
  const targetOf = ({ assetId }: StoredRow) => targets.get(assetId) ?? assetId;
  const moved: StoredRow[] = [];
  const lost: { uuid: string; into: string }[] = [];
  for (const same of Map.groupBy(stored, (row) => keyOf({ ...row, assetId: targetOf(row) })).values()) {
    const kept = same.find(({ assetId }) => !targets.has(assetId)) ?? same[0]!;
    const others = same.filter((row) => row !== kept);
    lost.push(...others.map(({ uuid }) => ({ uuid, into: kept.uuid })));
    const state = others.reduce(uniteDetectionStates, kept);
    moved.push({ ...kept, ...state, uuid: kept.uuid, assetId: targetOf(kept) });
  }
  const pair = sql`json_to_recordset(${JSON.stringify(lost)}::json) AS x(uuid uuid, "into" uuid)`;
  await sql`UPDATE ot_detection_event e SET detection_uuid = x."into" FROM ${pair}
    WHERE e.subscription_id = ${subscriptionId} AND e.detection_uuid = x.uuid`.execute(tx);
  await sql`DELETE FROM ot_detection d USING ${pair}
    WHERE d.subscription_id = ${subscriptionId} AND d.uuid = x.uuid`.execute(tx);
  await sql`
    UPDATE ot_detection d SET asset_id = x."assetId", status = x.status, first_detected = ${time("x.firstDetected")},
      last_detected = ${time("x.lastDetected")}, last_fixed = ${time("x.lastFixed")}, reopened_at = ${time("x.reopenedAt")}
    FROM json_to_recordset(${JSON.stringify(moved)}::json) AS x(uuid uuid, "assetId" bigint, status text,
      "firstDetected" bigint, "lastDetected" bigint, "lastFixed" bigint, "reopenedAt" bigint)
    WHERE d.subscription_id = ${subscriptionId} AND d.uuid = x.uuid`.execute(tx);
}
