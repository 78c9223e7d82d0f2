import type { ParquetColumn } from "../../exporters/parquet-rows.ts";
import type { ExchangeRecord } from "./finding-exchange.ts";
import type { Attribution } from "./finding-format.ts";

type Column = ParquetColumn<ExchangeRecord>;
type Reader = Column["value"];

const TEXTS: Readonly<Record<string, Reader>> = {
  id: ({ finding }) => String(finding.id),
  title: ({ check }) => check.title,
  description: ({ check }) => check.description,
  category: ({ finding }) => finding.category,
  subCategory: ({ check }) => check.family,
  status: ({ finding }) => finding.status,
  cveId: ({ finding }) => finding.cveId,
  vendorId: ({ check }) => check.vendorId,
  vendorProductName: ({ check }) => check.product,
  protocol: ({ finding }) => finding.protocol,
  instance: ({ finding }) => finding.instance,
  "asset.assetName": ({ asset }) => asset.name,
  "asset.internalAssetId": ({ asset }) => String(asset.id),
};
const INTEGERS: Readonly<Record<string, Reader>> = {
  severity: ({ finding }) => finding.severity,
  qds: ({ finding }) => finding.qds,
  truRiskScore: ({ asset }) => asset.risk,
  port: ({ finding }) => finding.port,
  "asset.criticalityScore": ({ asset }) => asset.criticality,
};
const SCORES: Readonly<Record<string, Reader>> = {
  qvss: ({ qvss }) => qvss,
  "cvss.baseScore": ({ check }) => check.cvss.score,
  "cve.cvss2Info.basescore": ({ check }) => check.cvss2.score,
  "cve.cvss3Info.basescore": ({ check }) => check.cvss3.score,
  "cve.cvss4Info.basescore": ({ check }) => check.cvss4.score,
  "cve.epss": ({ signs }) => signs.epss,
};
const FLAGS: Readonly<Record<string, Reader>> = {
  isPatchAvailable: ({ check }) => check.isPatchAvailable,
  isQualysPatchable: ({ check }) => check.isQualysPatchable,
  "cve.cisaKev": ({ signs }) => signs.cisaKev,
};
const TIMES: Readonly<Record<string, Reader>> = {
  firstFound: ({ finding }) => toDate(finding.firstFoundMs),
  lastFound: ({ lastFoundMs }) => toDate(lastFoundMs),
  lastFixed: ({ finding }) => toDate(finding.lastFixedMs),
  reopened: ({ finding }) => toDate(finding.reopenedMs),
};
const LISTS: Readonly<Record<string, Reader>> = {
  "asset.tags": ({ asset }) => asset.tags,
  "asset.ipAddresses": ({ asset }) => asset.ipAddresses,
  "asset.macAddresses": ({ asset }) => asset.macAddresses,
  "asset.hostNames": ({ asset }) => asset.hostNames,
  sources: ({ sources }) => sources.map(toSource),
};
const UNIQUE = new Set(["id", "sources"]);

/** Columns of a findings report in Parquet: the members of a finding's JSON, flattened; lists and sources as JSON. */
export const FINDING_PARQUET_COLUMNS: readonly Column[] = [
  ...toColumns("STRING", TEXTS),
  ...toColumns("INT32", INTEGERS),
  ...toColumns("DOUBLE", SCORES),
  ...toColumns("BOOLEAN", FLAGS),
  ...toColumns("TIMESTAMP", TIMES),
  ...toColumns("JSON", LISTS),
];

function toColumns(type: Column["type"], readers: Readonly<Record<string, Reader>>): Column[] {
  return Object.entries(readers).map(([name, value]) => ({ name, type, value, isUnique: UNIQUE.has(name) }));
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

/** What sources of the same check and connection share; of those whose beginning is still kept. */
const heads = new WeakMap<Uint8Array, object>();

function toSource({ source, lastSeenMs, head }: Attribution): object {
  let shared = heads.get(head);
  if (!shared) {
    shared = JSON.parse(`${Buffer.from(head).toString()}}`) as object;
    heads.set(head, shared);
  }
  const { firstSeenMs, isPresent, severity, evidence } = source;
  const { buffer, byteOffset } = evidence.bytes;
  const text = Buffer.from(buffer, byteOffset + evidence.start, evidence.end - evidence.start).toString();
  return { ...shared, firstSeen: firstSeenMs, lastSeen: lastSeenMs, isPresent, severity, evidence: text };
}
