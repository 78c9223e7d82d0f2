import { type JsonDocument, toJsonList } from "../../exporters/index.ts";
import {
  type DocumentFacts,
  type ExchangeRecord,
  toIsoTime,
  toIssueName,
  toPlace,
  toUrns,
  toVerdict,
} from "./finding-exchange.ts";

type Rule = { index: number; title: string; score: number | null; tags: string[] };

/**
 * SARIF 2.1.0 (OASIS): one run of Breakwater. A rule is an issue, the CVE or else the check; rules stand behind the results
 * that name them, and only as much of each is kept as the end needs.
 */
export function createSarif({ at, reportId, ordinal }: DocumentFacts): JsonDocument<ExchangeRecord> {
  const rules = new Map<string, Rule>();
  return {
    head: `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"results":[\n`,
    toElement: (record) => {
      const ruleId = toIssueName(record);
      const known = rules.get(ruleId);
      const ruleIndex = known?.index ?? rules.size;
      if (!known) rules.set(ruleId, toRule(record, ruleIndex));
      return { ruleId, ruleIndex, ...toResult(record, at) };
    },
    *tail() {
      yield `],"automationDetails":{"id":"breakwater/${reportId}/${ordinal}"},"tool":{"driver":{"name":"Breakwater","rules":`;
      yield* toJsonList(toDescriptors(rules));
      yield "}}}]}\n";
    },
  };
}

function toRule({ finding, check }: ExchangeRecord, index: number): Rule {
  const tags = [finding.category.toLowerCase(), ...check.cweIds.map((id) => `external/cwe/${id.toLowerCase()}`)];
  return { index, title: check.title, score: check.cvss.score, tags };
}

function* toDescriptors(rules: ReadonlyMap<string, Rule>): Generator<object> {
  for (const [id, { title, score, tags }] of rules) {
    const properties = { tags, ...(score === null ? {} : { "security-severity": score.toFixed(1) }) };
    yield { id, shortDescription: { text: title || id }, properties };
  }
}

/** By severity, from 1. */
const LEVELS = ["note", "note", "warning", "error", "error"];

function toResult(record: ExchangeRecord, at: Date): object {
  const { finding, asset } = record;
  const verdict = toVerdict(record, at);
  const place = toPlace(record);
  const urns = toUrns(record);
  return {
    level: LEVELS[finding.severity - 1],
    message: { text: escapeMessage(`${record.check.title || toIssueName(record)} on ${asset.name}`) },
    locations: [
      {
        logicalLocations: [
          {
            name: place || asset.name,
            fullyQualifiedName: [asset.name, place].filter(Boolean).join("/") || urns.asset,
            kind: "resource",
          },
        ],
      },
    ],
    fingerprints: { "breakwater/v1": String(finding.id) },
    baselineState: toBaselineState(finding.status),
    provenance: {
      firstDetectionTimeUtc: toIsoTime(finding.firstFoundMs),
      lastDetectionTimeUtc: toIsoTime(record.lastFoundMs),
    },
    rank: finding.qds,
    ...(["accepted", "mitigated", "refuted"].includes(verdict.kind)
      ? { suppressions: [{ kind: "external", status: "accepted", justification: verdict.reason ?? "Protected" }] }
      : {}),
    properties: {
      status: finding.status,
      severity: finding.severity,
      assetId: String(asset.id),
      assetName: asset.name,
    },
  };
}

function toBaselineState(status: string): string {
  if (status === "FIXED") return "absent";
  return status === "NEW" ? "new" : "unchanged";
}

/** Braces stand for arguments of a message (section 3.11.5). */
function escapeMessage(text: string): string {
  return text.replaceAll(/[{}]/g, "$&$&");
}
