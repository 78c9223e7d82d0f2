import { hash } from "node:crypto";
import type { AssetRecord, FindingRecord } from "@breakwater/formats/records";
import type { CheckDictionary } from "./check-dictionary.ts";
import { AssetObservation, type ObservedFinding } from "./observation.ts";
import type { ScanBatch } from "./scan-batcher.ts";

/** A batch as it goes from the thread that reads a file to the one that writes: plain values only. */
export type PackedBatch = Omit<ScanBatch, "observations"> & { assets: PackedAsset[] };

/** What a run saw of one asset. Its findings stay one text, which nobody reads when the digest is the one of last time. */
export type PackedAsset = {
  asset: AssetRecord;
  /** Epoch ms. */
  at: number;
  isWhole: boolean;
  findingCount: number;
  findings: string;
  /**
   * {@link digestOf} `findings`; empty for a piece, which proves nothing about the rest, and where something is said to be
   * fixed: that it was said again, later, has to be written.
   */
  digest: string;
};

type PackedFinding = [
  fingerprint: string,
  cveId: string | null,
  category: string,
  port: number | null,
  protocol: string | null,
  instance: string | null,
  checks: [vendorId: string, severity: number, evidence: string[], state?: FindingRecord["state"]][],
];

export function packBatch({ observations, ...rest }: ScanBatch): PackedBatch {
  return { ...rest, assets: observations.map(packObservation) };
}

export function packObservation(observation: AssetObservation): PackedAsset {
  const { asset, at, isWhole } = observation;
  const findings = packFindings(observation);
  const digest = isWhole && !tellsOfFixed(observation) ? digestOf(findings) : "";
  return { asset, at, isWhole, findingCount: observation.findings.size, findings, digest };
}

/** @param dictionary has learned every check of the batch and of those before */
export function unpackObservation(packed: PackedAsset, dictionary: CheckDictionary): AssetObservation {
  const observation = new AssetObservation(packed.asset, packed.at);
  observation.isWhole = packed.isWhole;
  for (const [fingerprint, cveId, category, port, protocol, instance, checks] of JSON.parse(
    packed.findings,
  ) as PackedFinding[]) {
    const told = checks.map(([vendorId, severity, evidence, state]) => ({
      check: dictionary.find(vendorId)!,
      severity,
      evidence,
      state,
    }));
    observation.findings.set(fingerprint, { fingerprint, cveId, category, port, protocol, instance, checks: told });
  }
  return observation;
}

/** Equal for equal sights, whatever the order of their records; different as soon as anything has to be written. */
function packFindings({ findings }: AssetObservation): string {
  const sorted = [...findings.values()].sort(byFingerprint);
  return JSON.stringify(sorted.map(packFinding));
}

function packFinding({ fingerprint, cveId, category, port, protocol, instance, checks }: ObservedFinding) {
  const told = checks.map(({ check, severity, evidence, state }) => [
    check.vendorId,
    severity,
    evidence.length > 1 ? evidence.sort() : evidence,
    ...(state === undefined ? [] : [state]),
  ]);
  if (told.length > 1) told.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return [fingerprint, cveId, category, port, protocol, instance, told];
}

function tellsOfFixed({ findings }: AssetObservation): boolean {
  for (const { checks } of findings.values()) if (checks.some(({ state }) => state === "fixed")) return true;
  return false;
}

/** SHA-256, hexadecimal. */
function digestOf(findings: string): string {
  return hash("sha256", findings, "hex");
}

function byFingerprint(a: ObservedFinding, b: ObservedFinding): number {
  return a.fingerprint < b.fingerprint ? -1 : 1;
}
