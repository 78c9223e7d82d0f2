import { randomUUID } from "node:crypto";
import { type DetectionState, type DetectionStatus, nextDetectionState } from "@breakwater/domain/ot/advisories/index";
import { sql, type Transaction } from "kysely";
import type { DescribedDetection } from "./describe-detections.ts";

type Tx = Transaction<unknown>;

type StoredRow = DetectionState & {
  uuid: string;
  assetId: number;
  advisoryId: string;
  isConfirmed: boolean;
  cveIds: string[];
};

type Change = { uuid: string | null; state: DetectionState; isTold: boolean };

/** A detection that is no more. */
export type EndedDetection = Pick<StoredRow, "uuid" | "assetId" | "advisoryId" | "isConfirmed">;

/**
 * Makes the detections of hosts what they are said to be, with their history. The hosts are locked.
 *
 * @param explainEnds why each of those that end does so
 */
export async function reconcileDetections(
  tx: Tx,
  { subscriptionId, at }: { subscriptionId: number; at: number },
  assetIds: readonly number[],
  wanted: readonly DescribedDetection[],
  explainEnds: (ended: readonly EndedDetection[]) => Promise<ReadonlyMap<string, string>>,
): Promise<void> {
  const stored = await readStored(tx, subscriptionId, assetIds);
  const known = new Map(stored.map((row) => [keyOf(row), row]));
  const wantedKeys = new Set(wanted.map(keyOf));
  const taken = new Set<string>();
  const written: (DescribedDetection & Change)[] = [];
  for (const detection of wanted) {
    const own = known.get(keyOf(detection));
    const other = known.get(keyOf({ ...detection, isConfirmed: !detection.isConfirmed }));
    // What becomes sure, or unsure, stays the same detection, unless the advisory has both kinds for the host.
    const isTurned =
      own === undefined && other !== undefined && !wantedKeys.has(keyOf(other)) && other.status !== "FIXED";
    const former = isTurned ? other : own;
    if (former) taken.add(former.uuid);
    const state = nextDetectionState(former, true, at)!;
    const isTold = former?.status !== state.status || isTurned || former.cveIds.join() !== detection.cveIds.join();
    written.push({ ...detection, uuid: former?.uuid ?? null, state, isTold });
  }
  const gone = stored.filter(({ uuid, status }) => !taken.has(uuid) && status !== "FIXED");
  if (gone.length > 0) await closeDetections(tx, subscriptionId, await explainEnds(gone), at);
  await writeDetections(tx, subscriptionId, written, at);
}

function keyOf({
  assetId,
  advisoryId,
  isConfirmed,
}: Pick<StoredRow, "assetId" | "advisoryId" | "isConfirmed">): string {
  return `${assetId}/${isConfirmed}/${advisoryId}`;
}

async function readStored(tx: Tx, subscriptionId: number, assetIds: readonly number[]): Promise<StoredRow[]> {
  const { rows } = await sql<StoredRow>`
    SELECT uuid, asset_id AS "assetId", advisory_id AS "advisoryId", is_confirmed AS "isConfirmed", cve_ids AS "cveIds",
      status, ${ms("first_detected")} AS "firstDetected", ${ms("last_detected")} AS "lastDetected",
      ${ms("last_fixed")} AS "lastFixed", ${ms("reopened_at")} AS "reopenedAt"
    FROM ot_detection WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${[...assetIds]}::bigint[])`.execute(
    tx,
  );
  return rows;
}

const ms = (column: string) => sql`(extract(epoch FROM ${sql.ref(column)}) * 1000)::bigint`;
const time = (column: string) => sql`to_timestamp(${sql.ref(column)}::float8 / 1000)`;

async function closeDetections(
  tx: Tx,
  subscriptionId: number,
  reasons: ReadonlyMap<string, string>,
  at: number,
): Promise<void> {
  const fixed: DetectionStatus = "FIXED";
  const rows = [...reasons].map(([uuid, reason]) => ({ uuid, reason }));
  await sql`
    WITH closed AS (
      UPDATE ot_detection d SET status = ${fixed}, last_fixed = to_timestamp(${at}::float8 / 1000)
      FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x(uuid uuid, reason text)
      WHERE d.subscription_id = ${subscriptionId} AND d.uuid = x.uuid
      RETURNING d.uuid, d.is_confirmed, d.cve_ids, x.reason)
    INSERT INTO ot_detection_event (subscription_id, detection_uuid, at, status, type_detected, cve_ids, reason)
    SELECT ${subscriptionId}, uuid, to_timestamp(${at}::float8 / 1000), ${fixed},
      CASE WHEN is_confirmed THEN 'Confirmed' ELSE 'Potential' END, cve_ids, reason FROM closed`.execute(tx);
}

async function writeDetections(
  tx: Tx,
  subscriptionId: number,
  detections: readonly (DescribedDetection & Change)[],
  at: number,
): Promise<void> {
  if (detections.length === 0) return;
  const rows = detections.map(({ state, uuid, ...detection }) => ({
    ...state,
    ...detection,
    uuid: uuid ?? randomUUID(),
  }));
  await sql`
    WITH x AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x(uuid uuid, "assetId" bigint, "advisoryId" text,
        "isConfirmed" boolean, "isTold" boolean, status text, severity smallint, "cveIds" text[], fingerprints uuid[],
        "cvssBase" real, "cvss3Base" real, "cvss4Base" real, threat text, solution text, evidence jsonb,
        "firstDetected" bigint, "lastDetected" bigint, "lastFixed" bigint, "reopenedAt" bigint)
    ), written AS (
      INSERT INTO ot_detection (subscription_id, uuid, asset_id, advisory_id, is_confirmed, status, severity, cve_ids,
        fingerprints, cvss_base, cvss3_base, cvss4_base, threat, solution, evidence, first_detected, last_detected,
        last_fixed, reopened_at)
      SELECT ${subscriptionId}, x.uuid, x."assetId", x."advisoryId", x."isConfirmed", x.status, x.severity, x."cveIds",
        x.fingerprints, x."cvssBase", x."cvss3Base", x."cvss4Base", x.threat, x.solution, x.evidence,
        ${time("x.firstDetected")}, ${time("x.lastDetected")}, ${time("x.lastFixed")}, ${time("x.reopenedAt")} FROM x
      ON CONFLICT (subscription_id, uuid) DO UPDATE SET is_confirmed = excluded.is_confirmed, status = excluded.status,
        severity = excluded.severity, cve_ids = excluded.cve_ids, fingerprints = excluded.fingerprints,
        cvss_base = excluded.cvss_base, cvss3_base = excluded.cvss3_base, cvss4_base = excluded.cvss4_base,
        threat = excluded.threat, solution = excluded.solution, evidence = excluded.evidence,
        last_detected = excluded.last_detected, last_fixed = excluded.last_fixed, reopened_at = excluded.reopened_at)
    INSERT INTO ot_detection_event (subscription_id, detection_uuid, at, status, type_detected, cve_ids)
    SELECT ${subscriptionId}, x.uuid, to_timestamp(${at}::float8 / 1000), x.status,
      CASE WHEN x."isConfirmed" THEN 'Confirmed' ELSE 'Potential' END, x."cveIds" FROM x WHERE x."isTold"`.execute(tx);
}
