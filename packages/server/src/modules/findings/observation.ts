import type { AssetRecord, FindingRecord } from "@breakwater/formats/records";
import { type CheckCatalogue, categoryOf, type KnownCheck } from "./check-catalogue.ts";
import { joinOwnTimes, type OwnTimes } from "./own-times.ts";
import { joinRemarks, type Remarks, readRemarks } from "./remarks.ts";
import { toStorable } from "./storable-text.ts";

/** A finding as one run saw it: the checks that reported it, each with what it said. */
export type ObservedFinding = {
  fingerprint: string;
  cveId: string | null;
  category: string;
  port: number | null;
  protocol: string | null;
  instance: string | null;
  checks: Told[];
};

/** What one check said at one place: its different outputs, and the highest severity it gave, of those of the most open state. */
export type Told = {
  check: KnownCheck;
  severity: number;
  evidence: string[];
  state: FindingRecord["state"];
  times: OwnTimes | undefined;
  remarks: Remarks | undefined;
};

/** Protocols have names of a few letters; what is longer is none. */
const MAX_PROTOCOL_CHARS = 50;
/** Longest evidence kept of one check on one finding. */
export const MAX_EVIDENCE_CHARS = 65_536;

/** What a run saw of one asset, or one piece of it where that is too much to hold at once. */
export class AssetObservation {
  readonly asset: AssetRecord;
  /** Epoch ms. */
  at: number;
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

  /** @param times what counts of the record's own dates */
  add(record: FindingRecord, check: KnownCheck, dictionary: CheckCatalogue, times?: OwnTimes): void {
    const { port, state } = record;
    const protocol = record.protocol === null ? null : toStorable(record.protocol.slice(0, MAX_PROTOCOL_CHARS));
    const instance = record.instance === null ? null : toStorable(record.instance);
    const evidence = toStorable(record.evidence.slice(0, MAX_EVIDENCE_CHARS));
    const severity = record.severity ?? check.severity;
    this.records++;
    this.chars += evidence.length;
    const remarks = readRemarks(record);
    const fingerprints = dictionary.fingerprints(check, port, protocol, instance);
    for (let index = 0; index < fingerprints.length; index++) {
      const fingerprint = fingerprints[index]!;
      const known = this.findings.get(fingerprint);
      if (known) {
        tell(known.checks, { check, severity, evidence: [evidence], state, times, remarks });
        known.category = worseCategory(known.category, categoryOf(check, severity));
        continue;
      }
      const cveId = check.cveIds[index] ?? null;
      const checks = [{ check, severity, evidence: [evidence], state, times, remarks }];
      this.findings.set(fingerprint, {
        fingerprint,
        cveId,
        category: categoryOf(check, severity),
        port,
        protocol,
        instance,
        checks,
      });
    }
  }

  /** Keys findings by the names that their checks are known by, now that these are stored. */
  rename(dictionary: CheckCatalogue): void {
    for (const finding of [...this.findings.values()]) {
      const { port, protocol, instance, fingerprint, checks } = finding;
      for (const told of checks) {
        if (told.check.issue === null) continue;
        const [next = fingerprint] = dictionary.fingerprints(told.check, port, protocol, instance);
        if (next === fingerprint) continue;
        finding.checks = finding.checks.filter((one) => one !== told);
        if (finding.checks.length === 0) this.findings.delete(fingerprint);
        const known = this.findings.get(next);
        if (known) tell(known.checks, told);
        else {
          const cveId = told.check.cveIds[0] ?? null;
          this.findings.set(next, { ...finding, fingerprint: next, cveId, checks: [told] });
        }
      }
    }
  }

  /** Joins what another record of the same file said of the same asset. */
  merge(other: AssetObservation): void {
    this.at = Math.max(this.at, other.at);
    this.records += other.records;
    this.chars += other.chars;
    this.isWhole &&= other.isWhole;
    for (const [fingerprint, finding] of other.findings) {
      const own = this.findings.get(fingerprint);
      if (!own) this.findings.set(fingerprint, finding);
      else {
        for (const told of finding.checks) tell(own.checks, told);
        own.category = worseCategory(own.category, finding.category);
      }
    }
  }
}

/** Several outputs of one check at one place, as one text that does not depend on their order. */
export function joinEvidence(pieces: readonly string[]): string {
  return pieces.length === 1
    ? (pieces[0] ?? "")
    : [...pieces].sort().join("\n").slice(0, MAX_EVIDENCE_CHARS).toWellFormed();
}

/** Of what several records say of one finding. */
function worseCategory(a: string, b: string): string {
  if (a === "INFORMATION" || b === "INFORMATION") return a === "INFORMATION" ? b : a;
  return a < b ? a : b;
}

function tell(checks: Told[], word: Told): void {
  const told = checks.find(({ check }) => check === word.check);
  if (!told) checks.push(word);
  else if (told.state !== word.state) {
    if (isMoreOpen(word, told)) Object.assign(told, word);
  } else {
    told.evidence.push(...word.evidence.filter((piece) => !told.evidence.includes(piece)));
    told.severity = Math.max(told.severity, word.severity);
    told.times = joinOwnTimes(told.times, word.times);
    told.remarks = joinRemarks(told.remarks, word.remarks);
  }
}

/** Of what one file says of one place, the most open counts. */
function isMoreOpen(a: Told, b: Told): boolean {
  return a.state === undefined || (a.state === "mitigated" && b.state === "fixed");
}
