import type { Transaction } from "kysely";
import { copyInto } from "../../db/copy-in.ts";
import { CopyRows } from "../../db/copy-rows.ts";
import { toStorable } from "../findings/index.ts";
import { compareInWords } from "./describe-detections.ts";
import type { ChangedDetection } from "./detection-store.ts";

type Tx = Transaction<unknown>;

const DETECTION_COLUMNS = [
  ...["subscription_id", "uuid", "asset_id", "advisory_id", "is_confirmed", "status", "evidence"],
  ...["first_detected", "last_detected", "last_fixed", "reopened_at"],
  ...["severity", "cve_ids", "fingerprints", "cvss_base", "cvss3_base", "cvss4_base", "digest"],
];
const EVENT_COLUMNS = ["subscription_id", "detection_uuid", "at", "status", "type_detected", "cve_ids", "reason"];

/** Adds detections. @param detections known not to exist, by who holds the locks of their assets */
export async function copyDetections(
  tx: Tx,
  subscriptionId: number,
  detections: readonly ChangedDetection[],
): Promise<void> {
  if (detections.length === 0) return;
  const rows = new CopyRows();
  for (const { uuid, assetId, advisoryId, isConfirmed, evidence, state, words } of detections) {
    rows.start(DETECTION_COLUMNS.length);
    rows.int4(subscriptionId);
    rows.uuid(uuid);
    rows.int8(assetId);
    rows.text(advisoryId);
    rows.bool(isConfirmed);
    rows.text(state.status);
    rows.jsonb(evidence);
    rows.time(state.firstDetected);
    rows.time(state.lastDetected);
    rows.time(state.lastFixed);
    rows.time(state.reopenedAt);
    rows.int2(words.severity);
    rows.texts(words.cveIds);
    rows.uuids(words.fingerprints);
    rows.float4(words.cvssBase);
    rows.float4(words.cvss3Base);
    rows.float4(words.cvss4Base);
    rows.uuid(words.digest);
  }
  await copyInto(tx, "ot_detection", DETECTION_COLUMNS, rows.written());
}

/** Tells in the history what has become of them. */
export async function copyEvents(
  tx: Tx,
  subscriptionId: number,
  detections: readonly ChangedDetection[],
  at: number,
): Promise<void> {
  if (detections.length === 0) return;
  const rows = new CopyRows();
  for (const { uuid, state, isConfirmed, words, former, evidence } of detections) {
    rows.start(EVENT_COLUMNS.length);
    rows.int4(subscriptionId);
    rows.uuid(uuid);
    rows.time(at);
    rows.text(state.status);
    rows.text(isConfirmed ? "Confirmed" : "Potential");
    rows.texts(words.cveIds);
    rows.text(former === undefined ? null : toStorable(compareInWords(evidence[0]!)));
  }
  await copyInto(tx, "ot_detection_event", EVENT_COLUMNS, rows.written());
}
