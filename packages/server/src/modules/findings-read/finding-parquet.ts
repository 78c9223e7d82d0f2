import { ByteWriter } from "../../exporters/index.ts";
import type { ParquetColumn } from "../../exporters/parquet-rows.ts";
import type { ParquetValue } from "../../exporters/parquet-values.ts";
import type { Asset, Check } from "./finding-dictionary.ts";
import type { ExchangeRecord } from "./finding-exchange.ts";
import { writeSources } from "./finding-format.ts";

type Column = ParquetColumn<ExchangeRecord>;

const toCheck = ({ check }: ExchangeRecord) => check;
const toAsset = ({ asset }: ExchangeRecord) => asset;

/** Columns of a findings report in Parquet: the members of a finding's JSON, flattened; lists and sources as JSON. */
export const FINDING_PARQUET_COLUMNS: readonly Column[] = [
  own("id", "STRING", ({ finding }) => String(finding.id), true),
  ofCheck("title", "STRING", (check) => check.title),
  ofCheck("description", "STRING", (check) => check.description),
  own("category", "STRING", ({ finding }) => finding.category),
  ofCheck("subCategory", "STRING", (check) => check.family),
  own("status", "STRING", ({ finding }) => finding.status),
  own("cveId", "STRING", ({ finding }) => finding.cveId),
  ofCheck("vendorId", "STRING", (check) => check.vendorId),
  ofCheck("vendorProductName", "STRING", (check) => check.product),
  own("protocol", "STRING", ({ finding }) => finding.protocol),
  own("instance", "STRING", ({ finding }) => finding.instance),
  ofAsset("asset.assetName", "STRING", (asset) => asset.name),
  ofAsset("asset.internalAssetId", "STRING", (asset) => String(asset.id)),
  own("severity", "INT32", ({ finding }) => finding.severity),
  own("qds", "INT32", ({ finding }) => finding.qds),
  ofAsset("truRiskScore", "INT32", (asset) => asset.risk),
  own("port", "INT32", ({ finding }) => finding.port),
  ofAsset("asset.criticalityScore", "INT32", (asset) => asset.criticality),
  own("qvss", "DOUBLE", ({ qvss }) => qvss),
  ofCheck("cvss.baseScore", "DOUBLE", (check) => check.cvss.score),
  ofCheck("cve.cvss2Info.basescore", "DOUBLE", (check) => check.cvss2.score),
  ofCheck("cve.cvss3Info.basescore", "DOUBLE", (check) => check.cvss3.score),
  ofCheck("cve.cvss4Info.basescore", "DOUBLE", (check) => check.cvss4.score),
  own("cve.epss", "DOUBLE", ({ signs }) => signs.epss),
  ofCheck("isPatchAvailable", "BOOLEAN", (check) => check.isPatchAvailable),
  ofCheck("isQualysPatchable", "BOOLEAN", (check) => check.isQualysPatchable),
  own("cve.cisaKev", "BOOLEAN", ({ signs }) => signs.cisaKev),
  own("firstFound", "TIMESTAMP", ({ finding }) => finding.firstFoundMs),
  own("lastFound", "TIMESTAMP", ({ lastFoundMs }) => lastFoundMs),
  own("lastFixed", "TIMESTAMP", ({ finding }) => finding.lastFixedMs),
  own("reopened", "TIMESTAMP", ({ finding }) => finding.reopenedMs),
  ofAsset("asset.tags", "JSON", (asset) => JSON.stringify(asset.tags)),
  ofAsset("asset.ipAddresses", "JSON", (asset) => JSON.stringify(asset.ipAddresses)),
  ofAsset("asset.macAddresses", "JSON", (asset) => JSON.stringify(asset.macAddresses)),
  ofAsset("asset.hostNames", "JSON", (asset) => JSON.stringify(asset.hostNames)),
  own("sources", "JSON", toSources, true),
];

type Value<T> = (from: T) => ParquetValue;

function own(name: string, type: Column["type"], value: Value<ExchangeRecord>, isUnique = false): Column {
  return { name, type, value, isUnique };
}

function ofCheck(name: string, type: Column["type"], value: Value<Check>): Column {
  return { name, type, of: toCheck, value: value as Value<object> };
}

function ofAsset(name: string, type: Column["type"], value: Value<Asset>): Column {
  return { name, type, of: toAsset, value: value as Value<object> };
}

/** Of all findings in turn. */
let out: ByteWriter | undefined;

function toSources({ sources }: ExchangeRecord): Uint8Array {
  out ??= new ByteWriter();
  out.length = 0;
  writeSources(out, sources);
  return Buffer.from(out.written);
}
