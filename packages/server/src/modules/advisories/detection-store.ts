import { randomUUID } from "node:crypto";
import { type DetectionState, type DetectionStatus, nextDetectionState } from "@breakwater/domain/ot/advisories/index";
import { sql, type Transaction } from "kysely";
import { prepared } from "../../db/prepared.ts";
import { copyDetections, copyEvents } from "./copy-detections.ts";
import type { DescribedDetection, DetectionWords } from "./describe-detections.ts";

type Tx = Transaction<unknown>;

export type StoredRow = DetectionState & {
  uuid: string;
  assetId: number;
  advisoryId: string;
  isConfirmed: boolean;
  cveIds: string[];
  digest: string;
};

/** A stored detection with the words that it is to have. */
export type Worded = { uuid: string; words: DetectionWords };

export type ChangedDetection = DescribedDetection & {
  uuid: string;
  former: StoredRow | undefined;
  state: DetectionState;
  isTold: boolean;
};

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
  const written: ChangedDetection[] = [];
  for (const detection of wanted) {
    const own = known.get(keyOf(detection));
    const other = known.get(keyOf({ ...detection, isConfirmed: !detection.isConfirmed }));
    // What becomes sure, or unsure, stays the same detection, unless the advisory has both kinds for the host.
    const isTurned =
      own === undefined && other !== undefined && !wantedKeys.has(keyOf(other)) && other.status !== "FIXED";
    const former = isTurned ? other : own;
    if (former) taken.add(former.uuid);
    const state = nextDetectionState(former, true, at)!;
    const isTold =
      former?.status !== state.status || isTurned || former.cveIds.join() !== detection.words.cveIds.join();
    written.push({ ...detection, uuid: former?.uuid ?? randomUUID(), former, state, isTold });
  }
  const gone = stored.filter(({ uuid, status }) => !taken.has(uuid) && status !== "FIXED");
  if (gone.length > 0) await closeDetections(tx, subscriptionId, await explainEnds(gone), at);
  const changed = written.filter(({ former }) => former !== undefined);
  const isSame = ({ former, words }: ChangedDetection) => former?.digest === words.digest;
  await writeTexts(
    tx,
    subscriptionId,
    written.filter((one) => !isSame(one)),
  );
  await updateDetections(tx, subscriptionId, changed);
  await writeWords(
    tx,
    subscriptionId,
    changed.filter((one) => !isSame(one)),
  );
  await copyDetections(
    tx,
    subscriptionId,
    written.filter(({ former }) => former === undefined),
  );
  await copyEvents(
    tx,
    subscriptionId,
    written.filter(({ isTold }) => isTold),
    at,
  );
}

export function keyOf({
  assetId,
  advisoryId,
  isConfirmed,
}: Pick<StoredRow, "assetId" | "advisoryId" | "isConfirmed">): string {
  return `${assetId}/${isConfirmed}/${advisoryId}`;
}

export async function readStored(tx: Tx, subscriptionId: number, assetIds: readonly number[]): Promise<StoredRow[]> {
  const { rows } = await sql<StoredRow>`${prepared}
    SELECT uuid, asset_id AS "assetId", advisory_id AS "advisoryId", is_confirmed AS "isConfirmed", cve_ids AS "cveIds",
      digest, status, ${ms("first_detected")} AS "firstDetected", ${ms("last_detected")} AS "lastDetected",
      ${ms("last_fixed")} AS "lastFixed", ${ms("reopened_at")} AS "reopenedAt"
    FROM ot_detection WHERE subscription_id = ${subscriptionId} AND asset_id = ANY (${assetIds}::bigint[])`.execute(tx);
  return rows;
}

const ms = (column: string) => sql`(extract(epoch FROM ${sql.ref(column)}) * 1000)::bigint`;
export const time = (column: string) => sql`to_timestamp(${sql.ref(column)}::float8 / 1000)`;

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

/** What changes with every look, and what is told of the host. */
async function updateDetections(
  tx: Tx,
  subscriptionId: number,
  detections: readonly ChangedDetection[],
): Promise<void> {
  if (detections.length === 0) return;
  await sql`${prepared}
    UPDATE ot_detection d SET is_confirmed = x."isConfirmed", status = x.status, evidence = x.evidence,
      last_detected = ${time("x.lastDetected")}, last_fixed = ${time("x.lastFixed")}, reopened_at = ${time("x.reopenedAt")}
    FROM json_to_recordset(${JSON.stringify(detections.map(toRow))}::json) AS x(uuid uuid, "isConfirmed" boolean, status text,
      evidence jsonb, "lastDetected" bigint, "lastFixed" bigint, "reopenedAt" bigint)
    WHERE d.subscription_id = ${subscriptionId} AND d.uuid = x.uuid`.execute(tx);
}

const wordColumns = [...["severity", "cve_ids", "fingerprints", "cvss_base", "cvss3_base", "cvss4_base", "digest"]].map(
  (column) => sql.ref(column),
);

/** Under their digests. */
export async function writeWords(tx: Tx, subscriptionId: number, detections: readonly Worded[]): Promise<void> {
  if (detections.length === 0) return;
  const rows = detections.map(({ uuid, words }) => ({ uuid, digest: words.digest }));
  await sql`
    UPDATE ot_detection d SET (${sql.join(wordColumns)}) = (SELECT ${sql.join(wordColumns)} FROM ${wordsOf(detections)}
      WHERE w.digest = x.digest)
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS x(uuid uuid, digest uuid)
    WHERE d.subscription_id = ${subscriptionId} AND d.uuid = x.uuid`.execute(tx);
}

function toRow({ words, state, former: _former, ...detection }: ChangedDetection) {
  return { ...state, ...detection, digest: words.digest };
}

/** The words `w` of detections, each once: thousands of hosts share them. */
function wordsOf(detections: readonly Worded[]) {
  const words = distinctWords(detections).map(({ threat: _threat, solution: _solution, ...rest }) => rest);
  return sql`(SELECT digest, severity, "cveIds" AS cve_ids, fingerprints, "cvssBase" AS cvss_base, "cvss3Base" AS cvss3_base,
      "cvss4Base" AS cvss4_base
    FROM json_to_recordset(${JSON.stringify(words)}::json) AS y(digest uuid, severity smallint, "cveIds" text[],
      fingerprints uuid[], "cvssBase" real, "cvss3Base" real, "cvss4Base" real)) AS w`;
}

function distinctWords(detections: readonly Worded[]) {
  return [...new Map(detections.map(({ words }) => [words.digest, words])).values()];
}

/** What is long of their words, where it is not stored. */
export async function writeTexts(tx: Tx, subscriptionId: number, detections: readonly Worded[]): Promise<void> {
  if (detections.length === 0) return;
  const texts = distinctWords(detections).map(({ digest, threat, solution }) => ({ digest, threat, solution }));
  await sql`
    INSERT INTO ot_detection_text (subscription_id, digest, threat, solution)
    SELECT ${subscriptionId}, x.digest, x.threat, x.solution
    FROM json_to_recordset(${JSON.stringify(texts)}::json) AS x(digest uuid, threat text, solution text)
    ON CONFLICT DO NOTHING`.execute(tx);
}
