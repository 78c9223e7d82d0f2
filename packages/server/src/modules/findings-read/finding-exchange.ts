import type { Asset, Check } from "./finding-dictionary.ts";
import type { FindingRecord } from "./finding-format.ts";

/** A finding for formats of other tools, which ask for more than its JSON. */
export type ExchangeRecord = FindingRecord<Check, Asset>;

/** `endMs`: epoch ms; null: until it is revoked. */
type Acceptance = { reasonType: string; endMs: number | null };

/** What a document tells of itself. */
export type DocumentFacts = { reportId: string; ordinal: number; at: Date };

/**
 * What is to be thought of a finding: `open`; `accepted`, there and lived with; `investigated`; `fixed`; `mitigated`, there
 * and not to be exploited; `refuted`, not there in truth. `reason` is that of the acceptance in force.
 */
export type Verdict = {
  kind: "open" | "accepted" | "investigated" | "fixed" | "mitigated" | "refuted";
  reason: string | null;
};

const REASONS: Readonly<Record<string, Verdict["kind"]>> = {
  "False positive": "refuted",
  "Not applicable": "refuted",
  "Compensating control": "mitigated",
};

/** @param at when an acceptance must be in force to count */
export function toVerdict({ finding }: Pick<ExchangeRecord, "finding">, at: Date): Verdict {
  const { status } = finding;
  if (status === "FIXED") return { kind: "fixed", reason: null };
  const acceptance = finding.acceptance === null ? null : (JSON.parse(finding.acceptance) as Acceptance);
  if (acceptance && (acceptance.endMs === null || acceptance.endMs > at.getTime())) {
    return { kind: REASONS[acceptance.reasonType] ?? "accepted", reason: acceptance.reasonType };
  }
  if (status === "PROTECTED") return { kind: "mitigated", reason: null };
  return { kind: status === "RETEST" ? "investigated" : "open", reason: null };
}

/** Name of what is wrong: the CVE, else the check with its product. */
export function toIssueName({ finding, check }: ExchangeRecord): string {
  return finding.cveId ?? `${check.product}/${check.vendorId}`;
}

/** Where on its asset a finding is: `443/tcp openssl@1.1.1`; empty: nowhere in particular. */
export function toPlace({ finding: { port, protocol, instance } }: ExchangeRecord): string {
  const service = [port, protocol].filter((part) => part !== null).join("/");
  return [service, instance].filter(Boolean).join(" ");
}

/** Names of a finding's asset and, where it has a place, of that on it. */
export function toUrns(record: ExchangeRecord): { asset: string; place: string | null } {
  const asset = `urn:breakwater:asset:${record.asset.id}`;
  const place = toPlace(record);
  return { asset, place: place === "" ? null : `${asset}:${encodeURIComponent(place)}` };
}

export function toFindingUrn({ finding }: ExchangeRecord): string {
  return `urn:breakwater:finding:${finding.id}`;
}

export function toIsoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
