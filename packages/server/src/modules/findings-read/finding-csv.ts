import { toCsvCell } from "../../exporters/index.ts";
import type { CveSigns } from "./finding-dictionary.ts";
import type { FindingFormat, Seen } from "./finding-format.ts";
import type { FindingRow } from "./finding-rows.ts";

type Cells = Readonly<Record<string, string>>;
type Value = string | number | boolean | null;

/** Columns of a finding's own; the others come from its check and its asset. */
const OWN_COLUMNS: Readonly<Record<string, (finding: FindingRow, seen: Seen, signs: CveSigns) => Value>> = {
  id: ({ id }) => id,
  category: ({ category }) => category,
  severity: ({ severity }) => severity,
  status: ({ status }) => status,
  cveId: ({ cveId }) => cveId,
  qds: ({ qds }) => qds,
  qvss: () => null,
  isQualysPatchable: () => false,
  "cve.epss": (_finding, _seen, { epss }) => epss,
  "cve.cisaKev": (_finding, _seen, { cisaKev }) => cisaKev,
  firstFound: ({ firstFoundMs }) => firstFoundMs,
  lastFound: (_, { lastFoundMs }) => lastFoundMs,
  lastFixed: ({ lastFixedMs }) => lastFixedMs,
  reopened: ({ reopenedMs }) => reopenedMs,
  port: ({ port }) => port,
  protocol: ({ protocol }) => protocol,
  instance: ({ instance }) => instance,
  sources: (_, { sources }) => sources,
};

/** Names of the columns, in order: the members of a finding's JSON, flattened. */
export const FINDING_CSV_COLUMNS: readonly string[] = [
  ...["id", "title", "description", "category", "subCategory", "severity", "status", "cveId", "vendorId"],
  ...["vendorProductName", "qds", "qvss", "truRiskScore", "isPatchAvailable", "isQualysPatchable", "cvss.baseScore"],
  ...["cve.cvss2Info.basescore", "cve.cvss3Info.basescore", "cve.cvss4Info.basescore", "cve.epss", "cve.cisaKev"],
  ...["firstFound", "lastFound", "lastFixed", "reopened", "port", "protocol", "instance", "asset.assetName"],
  ...["asset.internalAssetId", "asset.criticalityScore", "asset.tags", "asset.ipAddresses", "asset.macAddresses"],
  ...["asset.hostNames", "sources"],
];

/** A finding as a line of CSV (RFC 4180, except that lines end in LF); texts are safe to open in a spreadsheet. */
export const csvFormat: FindingFormat<Cells, Cells> = {
  check: (check) =>
    toCells({
      title: check.title,
      description: check.description,
      subCategory: check.family,
      vendorId: check.vendorId,
      vendorProductName: check.product,
      isPatchAvailable: check.isPatchAvailable,
      "cvss.baseScore": check.cvss4.score ?? check.cvss3.score ?? check.cvss2.score,
      "cve.cvss2Info.basescore": check.cvss2.score,
      "cve.cvss3Info.basescore": check.cvss3.score,
      "cve.cvss4Info.basescore": check.cvss4.score,
    }),
  asset: (asset) =>
    toCells({
      truRiskScore: asset.risk,
      "asset.assetName": asset.name,
      "asset.internalAssetId": asset.id,
      "asset.criticalityScore": asset.criticality,
      "asset.tags": asset.tags.join("; "),
      "asset.ipAddresses": asset.ipAddresses.join("; "),
      "asset.macAddresses": asset.macAddresses.join("; "),
      "asset.hostNames": asset.hostNames.join("; "),
    }),
  record: (finding, check, asset, seen, signs) => {
    let line = "";
    for (const [index, { name, own }] of COLUMNS.entries()) {
      if (index > 0) line += ",";
      line += own ? toCsvCell(own(finding, seen, signs)) : (check[name] ?? asset[name]);
    }
    return [line];
  },
};

const COLUMNS = FINDING_CSV_COLUMNS.map((name) => ({ name, own: OWN_COLUMNS[name] }));

function toCells(values: Readonly<Record<string, Value>>): Cells {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toCsvCell(value)]));
}
