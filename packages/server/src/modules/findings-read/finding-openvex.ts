import type { JsonDocument } from "../../exporters/index.ts";
import {
  type DocumentFacts,
  type ExchangeRecord,
  toFindingUrn,
  toIsoTime,
  toIssueName,
  toUrns,
  toVerdict,
  type Verdict,
} from "./finding-exchange.ts";

/** OpenVEX 0.2.0: a statement for each finding, whose product is the asset and whose subcomponent the place on it. */
export function createOpenVex({ reportId, ordinal, at }: DocumentFacts): JsonDocument<ExchangeRecord> {
  const head = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": `urn:breakwater:report:${reportId}:${ordinal}`,
    author: "Breakwater",
    timestamp: at.toISOString(),
    version: 1,
  };
  return {
    head: `${JSON.stringify(head).slice(0, -1)},"statements":[\n`,
    toElement: (record) => toStatement(record, at),
    tail: () => ["]}\n"],
  };
}

function toStatement(record: ExchangeRecord, at: Date): object {
  const { finding, check } = record;
  const { asset, place } = toUrns(record);
  return {
    "@id": toFindingUrn(record),
    vulnerability: { name: toIssueName(record), description: check.title },
    products: [{ "@id": asset, ...(place === null ? {} : { subcomponents: [{ "@id": place }] }) }],
    timestamp: toIsoTime(record.lastFoundMs),
    ...toStatus(toVerdict(record, at), check.solution),
    status_notes: `${finding.status} on ${record.asset.name}`,
  };
}

/** The format wants an action for what is affected, and exactly one explanation for what is not. */
function toStatus({ kind, reason }: Verdict, solution: string): object {
  switch (kind) {
    case "open":
      return { status: "affected", action_statement: solution || "No remediation is known." };
    case "accepted":
      return { status: "affected", action_statement: reason };
    case "investigated":
      return { status: "under_investigation" };
    case "fixed":
      return { status: "fixed" };
    case "mitigated":
      return { status: "not_affected", justification: "inline_mitigations_already_exist" };
    case "refuted":
      return { status: "not_affected", impact_statement: reason };
  }
}
