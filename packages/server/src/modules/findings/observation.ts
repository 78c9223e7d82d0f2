import { observationDigest } from "@breakwater/domain/identity/index";
import type { AssetRecord, FindingRecord } from "@breakwater/formats/records";
import type { CheckDictionary, KnownCheck } from "./check-dictionary.ts";
import { toStorable } from "./storable-text.ts";

/** A finding as one run saw it: the checks that reported it, each with what it said. */
export type ObservedFinding = {
  fingerprint: string;
  cveId: string | null;
  category: string;
  port: number | null;
  protocol: string | null;
  instance: string | null;
  checks: Map<KnownCheck, Told>;
};

/** What one check said at one place: its outputs, and the highest severity it gave. */
export type Told = { evidence: string[]; severity: number };

/** Longest evidence kept of one check on one finding. */
export const MAX_EVIDENCE_CHARS = 65_536;

/** What a run saw of one asset, or one piece of it where that is too much to hold at once. */
export class AssetObservation {
  readonly asset: AssetRecord;
  /** Epoch ms. */
  readonly at: number;
  readonly findings = new Map<string, ObservedFinding>();
  /** Findings as the source counts them. */
  records = 0;
  /** Rough size: characters of evidence. */
  chars = 0;
  /** False: a piece of an asset whose other pieces are in other batches. */
  isWhole = true;

  constructor(asset: AssetRecord, at: number) {
    this.asset = asset;
    this.at = at;
  }

  add(record: FindingRecord, check: KnownCheck, dictionary: CheckDictionary): void {
    const { port, protocol } = record;
    const instance = record.instance === null ? null : toStorable(record.instance);
    const evidence = toStorable(record.evidence.slice(0, MAX_EVIDENCE_CHARS));
    this.records++;
    this.chars += evidence.length;
    dictionary.fingerprints(check, port, protocol, instance).forEach((fingerprint, index) => {
      let finding = this.findings.get(fingerprint);
      if (!finding) {
        const cveId = check.cveIds[index] ?? null;
        finding = { fingerprint, cveId, category: check.category, port, protocol, instance, checks: new Map() };
        this.findings.set(fingerprint, finding);
      }
      tell(finding.checks, check, { evidence: [evidence], severity: record.severity ?? check.severity });
    });
  }

  /** Joins what another record of the same file said of the same asset. */
  merge(other: AssetObservation): void {
    this.records += other.records;
    this.chars += other.chars;
    this.isWhole &&= other.isWhole;
    for (const [fingerprint, finding] of other.findings) {
      const own = this.findings.get(fingerprint);
      if (!own) this.findings.set(fingerprint, finding);
      else mergeChecks(own, finding);
    }
  }

  /** Digest of all that was seen; empty for a piece, which proves nothing about the rest. */
  digest(): Buffer {
    if (!this.isWhole) return Buffer.alloc(0);
    return observationDigest(
      [...this.findings.values()].map((finding) => ({ fingerprint: finding.fingerprint, content: contentOf(finding) })),
    );
  }
}

/** Several outputs of one check at one place, as one text that does not depend on their order. */
export function joinEvidence(pieces: readonly string[]): string {
  return pieces.length === 1
    ? (pieces[0] ?? "")
    : [...pieces].sort().join("\n").slice(0, MAX_EVIDENCE_CHARS).toWellFormed();
}

function contentOf({ checks }: ObservedFinding): string {
  if (checks.size === 1) {
    for (const [check, told] of checks) return contentOfCheck(check, told);
  }
  return [...checks]
    .map(([check, told]) => contentOfCheck(check, told))
    .sort()
    .join("\n");
}

function contentOfCheck(check: KnownCheck, { evidence, severity }: Told): string {
  const own = severity === check.severity ? "" : ` ${severity}`;
  return `${check.vendorId} ${check.scoring}${own} ${joinEvidence(evidence)}`;
}

function mergeChecks(own: ObservedFinding, other: ObservedFinding): void {
  for (const [check, told] of other.checks) tell(own.checks, check, told);
}

function tell(checks: Map<KnownCheck, Told>, check: KnownCheck, { evidence, severity }: Told): void {
  const told = checks.get(check);
  if (!told) {
    checks.set(check, { evidence: [...evidence], severity });
    return;
  }
  told.evidence.push(...evidence.filter((piece) => !told.evidence.includes(piece)));
  told.severity = Math.max(told.severity, severity);
}
