import type { FindingFormat } from "./finding-format.ts";
import { jsonFormat } from "./finding-json.ts";

/** A finding with what formats of other tools ask for beyond its JSON. */
export type ExchangeRecord = {
  /** As `jsonFormat` spells it. */
  finding: {
    id: string;
    title: string;
    description: string;
    category: string;
    severity: number;
    status: string;
    cveId: string | null;
    vendorId: string;
    vendorProductName: string;
    qds: number;
    cvss: { baseScore: number | null };
    cve: Record<"cvss2Info" | "cvss3Info" | "cvss4Info", { basescore: number | null; vector: string | null }>;
    /** Epoch ms. */
    firstFound: number;
    lastFound: number;
    port: number | null;
    protocol: string | null;
    instance: string | null;
    asset: { assetName: string; internalAssetId: string };
  };
  /** `CWE-79`. */
  cweIds: string[];
  solution: string;
  acceptance: Acceptance | null;
};

/** `endMs`: epoch ms; null: until it is revoked. */
type Acceptance = { reasonType: string; endMs: number | null };

/** What a document tells of itself. */
export type DocumentFacts = { reportId: string; ordinal: number; at: Date };

type CheckText = ReturnType<(typeof jsonFormat)["check"]>;

/** An {@link ExchangeRecord} as JSON. */
export const exchangeFormat: FindingFormat<{ json: CheckText; more: Buffer }, Buffer> = {
  check: (check) => ({
    json: jsonFormat.check(check),
    more: Buffer.from(`,"cweIds":${JSON.stringify(check.cweIds)},"solution":${JSON.stringify(check.solution)}`),
  }),
  asset: jsonFormat.asset,
  write: (out, record) => {
    out.text('{"finding":');
    jsonFormat.write(out, { ...record, check: record.check.json });
    out.bytes(record.check.more);
    out.text(`,"acceptance":${record.finding.acceptance}}`);
  },
};

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
export function toVerdict({ finding: { status }, acceptance }: ExchangeRecord, at: Date): Verdict {
  if (status === "FIXED") return { kind: "fixed", reason: null };
  if (acceptance && (acceptance.endMs === null || acceptance.endMs > at.getTime())) {
    return { kind: REASONS[acceptance.reasonType] ?? "accepted", reason: acceptance.reasonType };
  }
  if (status === "PROTECTED") return { kind: "mitigated", reason: null };
  return { kind: status === "RETEST" ? "investigated" : "open", reason: null };
}

/** Name of what is wrong: the CVE, else the check with its product. */
export function toIssueName({ finding }: ExchangeRecord): string {
  return finding.cveId ?? `${finding.vendorProductName}/${finding.vendorId}`;
}

/** Where on its asset a finding is: `443/tcp openssl@1.1.1`; empty: nowhere in particular. */
export function toPlace({ finding: { port, protocol, instance } }: ExchangeRecord): string {
  const service = [port, protocol].filter((part) => part !== null).join("/");
  return [service, instance].filter(Boolean).join(" ");
}

/** Names of a finding's asset and, where it has a place, of that on it. */
export function toUrns(record: ExchangeRecord): { asset: string; place: string | null } {
  const asset = `urn:breakwater:asset:${record.finding.asset.internalAssetId}`;
  const place = toPlace(record);
  return { asset, place: place === "" ? null : `${asset}:${encodeURIComponent(place)}` };
}

export function toFindingUrn({ finding }: ExchangeRecord): string {
  return `urn:breakwater:finding:${finding.id}`;
}

export function toIsoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
