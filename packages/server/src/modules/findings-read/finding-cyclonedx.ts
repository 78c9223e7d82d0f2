import { createHash } from "node:crypto";
import { type JsonDocument, toJsonList } from "../../exporters/index.ts";
import {
  type DocumentFacts,
  type ExchangeRecord,
  toFindingUrn,
  toIsoTime,
  toIssueName,
  toPlace,
  toUrns,
  toVerdict,
  type Verdict,
} from "./finding-exchange.ts";

type AssetParts = { name: string; places: Map<string, string> };

/**
 * CycloneDX 1.6 with an analysis (VEX) of every vulnerability. A vulnerability of the document is one finding: what is said
 * of it holds on one asset only. Assets stand behind them as components, places on an asset as components of it.
 */
export function createCycloneDx(facts: DocumentFacts): JsonDocument<ExchangeRecord> {
  const assets = new Map<string, AssetParts>();
  return {
    head: `${JSON.stringify(toHead(facts)).slice(0, -1)},"vulnerabilities":[\n`,
    toElement: (record) => {
      const { asset, place } = toUrns(record);
      const parts = assets.get(asset) ?? { name: record.asset.name, places: new Map() };
      assets.set(asset, parts);
      if (place !== null) parts.places.set(place, toPlace(record));
      return toVulnerability(record, place ?? asset, facts.at);
    },
    *tail() {
      yield '],"components":';
      yield* toJsonList(toComponents(assets));
      yield "}\n";
    },
  };
}

function toHead({ reportId, ordinal, at }: DocumentFacts): object {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${toUuid(`${reportId}/${ordinal}`)}`,
    version: 1,
    metadata: {
      timestamp: at.toISOString(),
      tools: { components: [{ type: "application", name: "Breakwater" }] },
      component: {
        type: "data",
        name: `Breakwater report ${reportId}`,
        "bom-ref": `urn:breakwater:report:${reportId}`,
      },
    },
  };
}

/** The same for the same part, however often it is made: version 8 of RFC 9562. */
function toUuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function* toComponents(assets: ReadonlyMap<string, AssetParts>): Generator<object> {
  for (const [ref, { name, places }] of assets) {
    const components = [...places].map(([place, text]) => ({ type: "application", "bom-ref": place, name: text }));
    yield { type: "platform", "bom-ref": ref, name, ...(components.length === 0 ? {} : { components }) };
  }
}

/** By severity, from 1. */
const WORDS = ["info", "low", "medium", "high", "critical"];

function toVulnerability(record: ExchangeRecord, ref: string, at: Date): object {
  const { finding, check, lastFoundMs } = record;
  const { cveId, firstFoundMs } = finding;
  const { product, title, description, cweIds, solution } = check;
  const id = toIssueName(record);
  return {
    "bom-ref": toFindingUrn(record),
    id,
    source: cveId === null ? { name: product } : { name: "NVD", url: `https://nvd.nist.gov/vuln/detail/${cveId}` },
    ratings: toRatings(finding.severity, check),
    ...(cweIds.length === 0 ? {} : { cwes: cweIds.map((cwe) => Number(cwe.slice("CWE-".length))) }),
    description: title || id,
    ...(description === "" ? {} : { detail: description }),
    ...(solution === "" ? {} : { recommendation: solution }),
    analysis: {
      ...toAnalysis(toVerdict(record, at)),
      firstIssued: toIsoTime(firstFoundMs),
      lastUpdated: toIsoTime(lastFoundMs),
    },
    affects: [{ ref }],
  };
}

function toRatings(severity: number, { cvss2, cvss3, cvss4 }: ExchangeRecord["check"]): object[] {
  const scores = [
    { method: "CVSSv4", ...cvss4 },
    { method: cvss3.vector?.startsWith("CVSS:3.0/") ? "CVSSv3" : "CVSSv31", ...cvss3 },
    { method: "CVSSv2", ...cvss2 },
  ];
  return [
    { source: { name: "Breakwater" }, severity: WORDS[severity - 1], method: "other" },
    ...scores.flatMap(({ method, score, vector }) =>
      score === null && vector === null
        ? []
        : [{ ...(score === null ? {} : { score }), method, ...(vector === null ? {} : { vector }) }],
    ),
  ];
}

const STATES = {
  open: { state: "exploitable" },
  accepted: { state: "exploitable" },
  investigated: { state: "in_triage" },
  fixed: { state: "resolved" },
  mitigated: { state: "not_affected", justification: "protected_by_mitigating_control" },
  refuted: { state: "false_positive" },
} as const;

function toAnalysis({ kind, reason }: Verdict): object {
  return {
    ...STATES[kind],
    ...(reason === "Accepted risk" ? { response: ["will_not_fix"] } : {}),
    ...(reason === null ? {} : { detail: reason }),
  };
}
