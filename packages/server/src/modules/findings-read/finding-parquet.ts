import type { ParquetColumn } from "../../exporters/index.ts";

/** A finding as `jsonFormat` spells it. */
type Json = Readonly<Record<string, unknown>>;

const TYPES: Readonly<Record<ParquetColumn<Json>["type"], readonly string[]>> = {
  STRING: [
    ...["id", "title", "description", "category", "subCategory", "status", "cveId", "vendorId", "vendorProductName"],
    ...["protocol", "instance", "asset.assetName", "asset.internalAssetId"],
  ],
  INT32: ["severity", "qds", "truRiskScore", "port", "asset.criticalityScore"],
  INT64: [],
  DOUBLE: [
    ...["qvss", "cvss.baseScore", "cve.cvss2Info.basescore", "cve.cvss3Info.basescore", "cve.cvss4Info.basescore"],
    "cve.epss",
  ],
  BOOLEAN: ["isPatchAvailable", "isQualysPatchable", "cve.cisaKev"],
  TIMESTAMP: ["firstFound", "lastFound", "lastFixed", "reopened"],
  JSON: ["asset.tags", "asset.ipAddresses", "asset.macAddresses", "asset.hostNames", "sources"],
};

/** Columns of a findings report in Parquet: the members of a finding's JSON, flattened; lists and sources as JSON. */
export const FINDING_PARQUET_COLUMNS: readonly ParquetColumn<Json>[] = Object.entries(TYPES).flatMap(([type, names]) =>
  names.map((name) => ({ name, type: type as ParquetColumn<Json>["type"], value: toReader(type, name.split(".")) })),
);

function toReader(type: string, path: readonly string[]): (finding: Json) => unknown {
  return (finding) => {
    let value: unknown = finding;
    for (const name of path) value = (value as Json | null | undefined)?.[name];
    return type === "TIMESTAMP" && typeof value === "number" ? new Date(value) : value;
  };
}
