import type { AdvisoryVerdict } from "@breakwater/domain/ot/advisories/index";
import { sql, type Transaction } from "kysely";
import { toStorable } from "../findings/index.ts";
import type { HostVerdicts } from "./describe-detections.ts";
import type { EndedDetection } from "./detection-store.ts";

type AdvisoryState = { id: string; version: string; isFinal: boolean; withdrawal: string | null };

/** Why detections end, by uuid: what became of the advisory, else what it says of the host now. */
export async function explainEnds(
  tx: Transaction<unknown>,
  subscriptionId: number,
  verdicts: readonly HostVerdicts[],
  ended: readonly EndedDetection[],
): Promise<Map<string, string>> {
  const { rows } = await sql<AdvisoryState>`
    SELECT id, version, is_final AS "isFinal", withdrawal FROM ot_advisory
    WHERE subscription_id = ${subscriptionId}
      AND id = ANY (${[...new Set(ended.map(({ advisoryId }) => advisoryId))]})`.execute(tx);
  const states = new Map(rows.map((row) => [row.id, row]));
  const hosts = new Map(verdicts.map(({ assetId, advisories }) => [assetId, advisories]));
  return new Map(
    ended.map(({ uuid, assetId, advisoryId, isConfirmed }) => {
      const about = hosts.get(assetId)?.find((one) => one.advisoryId === advisoryId);
      return [uuid, toStorable(explainEnd(states.get(advisoryId)!, about, isConfirmed))];
    }),
  );
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
  const { installedVersion, statedVersions, comparison } = about.verdicts[0]!.evidence;
  return `installed ${installedVersion ?? "unknown"}, affected ${statedVersions ?? "not stated"}: ${comparison}`;
}
