import { type ByteWriter, toCsvCell } from "../../exporters/index.ts";
import { type FindingFormat, type FindingRecord, writeSources } from "./finding-format.ts";

type Value = string | number | boolean | null;
type Own = FindingRecord<unknown, unknown>;

/** Columns of a finding's own; the others come from its check and its asset. */
const OWN_COLUMNS: Readonly<Record<string, (out: ByteWriter, record: Own) => void>> = {
  id: (out, { finding }) => out.number(finding.id),
  category: (out, { finding }) => out.cell(finding.category),
  severity: (out, { finding }) => out.number(finding.severity),
  status: (out, { finding }) => out.cell(finding.status),
  cveId: (out, { finding }) => out.cell(finding.cveId),
  qds: (out, { finding }) => out.number(finding.qds),
  qvss: (out, { qvss }) => out.cell(qvss),
  "cve.epss": (out, { signs }) => out.cell(signs.epss),
  "cve.cisaKev": (out, { signs }) => out.cell(signs.cisaKev),
  firstFound: (out, { finding }) => out.number(finding.firstFoundMs),
  lastFound: (out, { lastFoundMs }) => out.number(lastFoundMs),
  lastFixed: (out, { finding }) => out.cell(finding.lastFixedMs),
  reopened: (out, { finding }) => out.cell(finding.reopenedMs),
  port: (out, { finding }) => out.cell(finding.port),
  protocol: (out, { finding }) => out.cell(finding.protocol),
  instance: (out, { finding }) => out.cell(finding.instance),
  sources: (out, { sources }) => {
    const start = out.length;
    writeSources(out, sources);
    // Without a source there is nothing to quote.
    if (sources.length > 0) out.quoteCell(start);
  },
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
export const csvFormat: FindingFormat<readonly Buffer[], readonly Buffer[]> = {
  check: (check) =>
    toRuns("check", {
      title: check.title,
      description: check.description,
      subCategory: check.family,
      vendorId: check.vendorId,
      vendorProductName: check.product,
      isPatchAvailable: check.isPatchAvailable,
      isQualysPatchable: check.isQualysPatchable,
      "cvss.baseScore": check.cvss.score,
      "cve.cvss2Info.basescore": check.cvss2.score,
      "cve.cvss3Info.basescore": check.cvss3.score,
      "cve.cvss4Info.basescore": check.cvss4.score,
    }),
  asset: (asset) =>
    toRuns("asset", {
      truRiskScore: asset.risk,
      "asset.assetName": asset.name,
      "asset.internalAssetId": asset.id,
      "asset.criticalityScore": asset.criticality,
      "asset.tags": asset.tags.join("; "),
      "asset.ipAddresses": asset.ipAddresses.join("; "),
      "asset.macAddresses": asset.macAddresses.join("; "),
      "asset.hostNames": asset.hostNames.join("; "),
    }),
  write: (out, record) => {
    let [checkRuns, assetRuns] = [0, 0];
    for (let index = 0; index < RUNS.length; index++) {
      const { of, writeOwn } = RUNS[index]!;
      if (index > 0) out.text(",");
      if (writeOwn) writeOwn(out, record);
      else out.bytes(of === "check" ? record.check[checkRuns++]! : record.asset[assetRuns++]!);
    }
  },
};

/** Neighbouring columns that belong to the same; a finding's own stand alone. */
type Run = { of: "check" | "asset" | "finding"; names: string[]; writeOwn: (typeof OWN_COLUMNS)[string] | undefined };

const RUNS: readonly Run[] = FINDING_CSV_COLUMNS.reduce<Run[]>((runs, name) => {
  const writeOwn = OWN_COLUMNS[name];
  const of = writeOwn ? "finding" : name === "truRiskScore" || name.startsWith("asset.") ? "asset" : "check";
  const last = runs.at(-1);
  if (!writeOwn && last?.of === of) last.names.push(name);
  else runs.push({ of, names: [name], writeOwn });
  return runs;
}, []);

/** The cells of each run of a check or an asset, as the line has them. */
function toRuns(of: Run["of"], cells: Readonly<Record<string, Value>>): Buffer[] {
  return RUNS.filter((run) => run.of === of).map(({ names }) =>
    Buffer.from(names.map((name) => toCsvCell(cells[name] as Value)).join(",")),
  );
}
