import type { AdvisoryVerdict, MatchEvidence, MatchedDevice } from "@breakwater/domain/ot/advisories/index";
import { sql, type Transaction } from "kysely";
import { toStorable } from "../findings/index.ts";
import { compareInWords, type HostVerdicts } from "./describe-detections.ts";
import type { EndedDetection } from "./detection-store.ts";

type AdvisoryState = { id: string; version: string; isFinal: boolean; withdrawal: string | null };

/** A host as it is known now. */
export type HostIdentity = { assetId: number; devices: readonly MatchedDevice[]; keys: readonly string[] };

/** How a detection recognised its host. */
type FormerEvidence = Pick<MatchEvidence, "matchedBy" | "key" | "place">;

/** Why detections end, by uuid: what became of the advisory or of the host, else what it says of the host now. */
export async function explainEnds(
  tx: Transaction<unknown>,
  subscriptionId: number,
  hosts: readonly HostIdentity[],
  verdicts: readonly HostVerdicts[],
  ended: readonly EndedDetection[],
): Promise<Map<string, string>> {
  const { rows } = await sql<AdvisoryState>`
    SELECT id, version, is_final AS "isFinal", withdrawal FROM ot_advisory
    WHERE subscription_id = ${subscriptionId}
      AND id = ANY (${[...new Set(ended.map(({ advisoryId }) => advisoryId))]})`.execute(tx);
  const { rows: evidence } = await sql<FormerEvidence & { uuid: string }>`
    SELECT uuid, evidence->0->>'matchedBy' AS "matchedBy", evidence->0->>'key' AS key, evidence->0->>'place' AS place
    FROM ot_detection WHERE subscription_id = ${subscriptionId} AND uuid = ANY (${ended.map(({ uuid }) => uuid)}::uuid[])`.execute(
    tx,
  );
  const states = new Map(rows.map((row) => [row.id, row]));
  const formers = new Map(evidence.map((row) => [row.uuid, row]));
  const identities = new Map(hosts.map((host) => [host.assetId, host]));
  const said = new Map(verdicts.map(({ assetId, advisories }) => [assetId, advisories]));
  return new Map(
    ended.map(({ uuid, assetId, advisoryId, isConfirmed }) => {
      const about = said.get(assetId)?.find((one) => one.advisoryId === advisoryId);
      const other = about === undefined ? explainIdentity(identities.get(assetId)!, formers.get(uuid)!) : null;
      return [uuid, toStorable(other ?? explainEnd(states.get(advisoryId)!, about, isConfirmed))];
    }),
  );
}

/** What the host, or its module, is known as since; null where it still is what the advisory named. */
function explainIdentity({ devices, keys }: HostIdentity, { matchedBy, key, place }: FormerEvidence): string | null {
  if (keys.some((own) => own.startsWith(`${matchedBy}:`) && own.endsWith(`:${key}`))) return null;
  const hardware = devices.find((device) => device.place === place)?.hardware;
  const { manufacturer, orderNumber, catalogNumber, model } = hardware ?? {};
  const known = [manufacturer, orderNumber ?? catalogNumber ?? model].filter(Boolean).join(" ");
  const former = `${matchedBy.replace("-", " ")} ${key}`;
  return `the identity changed: ${place ?? "the host"} was known by ${former}, and is ${known || "not known"} now`;
}

function explainEnd(
  { version, isFinal, withdrawal }: AdvisoryState,
  about: AdvisoryVerdict | undefined,
  isConfirmed: boolean,
): string {
  if (withdrawal !== null) return `the advisory was withdrawn: ${withdrawal}`;
  if (!isFinal) return `version ${version} of the advisory is a draft`;
  if (about === undefined) return `version ${version} of the advisory does not name this device`;
  const other = about.verdicts.find(({ verdict }) => verdict === (isConfirmed ? "undecidable" : "affected"));
  if (other !== undefined) return `it is ${isConfirmed ? "potential" : "confirmed"} now: ${other.evidence.comparison}`;
  return compareInWords(about.verdicts[0]!.evidence);
}
