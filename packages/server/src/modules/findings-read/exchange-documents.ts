import type { ReportFormat } from "@breakwater/contract";
import type { JsonDocument } from "../../exporters/index.ts";
import { createCycloneDx } from "./finding-cyclonedx.ts";
import type { DocumentFacts, ExchangeRecord } from "./finding-exchange.ts";
import { createOpenVex } from "./finding-openvex.ts";
import { createSarif } from "./finding-sarif.ts";

const DOCUMENTS = { SARIF: createSarif, CYCLONEDX: createCycloneDx, OPENVEX: createOpenVex } as const;

/** A format in which other tools exchange findings; made of the records of `exchangeFormat`. */
export function isExchangeFormat(format: ReportFormat): format is keyof typeof DOCUMENTS {
  return format in DOCUMENTS;
}

/** A document for one part of a report; it holds what it collects of the part until its end. */
export function createExchangeDocument(
  format: keyof typeof DOCUMENTS,
  facts: DocumentFacts,
): JsonDocument<ExchangeRecord> {
  return DOCUMENTS[format](facts);
}
