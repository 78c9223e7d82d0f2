import {
  type CsvRow,
  csvScan,
  RowFindings,
  severityOfScore,
  severityOfWord,
  toCves,
  toCvss,
  toNumber,
  toTime,
} from "../kit/index.ts";
import { toPlacePort } from "./port.ts";

export function isOpenvasCsvHeader(columns: readonly string[]): boolean {
  return ["nvt oid", "nvt name", "ip"].every((name) => columns.includes(name));
}

/**
 * The CSV results of OpenVAS and Greenbone: one row for each result. Of scores it tells no version: as in tables, they count
 * as 3.1.
 */
export const parseOpenvasCsv = csvScan<RowFindings>({
  product: "OpenVAS",
  isHeader: isOpenvasCsvHeader,
  start: () => new RowFindings(),
  row: (row, { out, where, state }) => {
    const host = row.ip ?? "";
    const name = row.hostname || host;
    const severity = severityOfScore(toNumber(row.cvss)) ?? severityOfWord(row.severity) ?? 1;
    const asset = { name, ref: host || name, addresses: [host], scannedAt: toTime(row.timestamp) };
    const place = { ...toPlacePort(row.port ?? "", row["port protocol"] ?? ""), evidence: toEvidence(row), severity };
    state.add(asset, { ...toCheck(row), severity }, place, out, where);
  },
  rest: ({ out, state }) => state.tell(out),
});

function toCheck(row: CsvRow) {
  const id = row["nvt oid"] ?? "";
  const cvss = toCvss({ score: row.cvss, version: "3.1" });
  const described = [row.summary, row["vulnerability insight"], row.impact, row["affected software/os"]];
  return {
    id,
    title: row["nvt name"] ?? "",
    description: described.filter((text) => text).join("\n\n"),
    solution: row.solution ?? "",
    sourceSeverity: row.cvss ?? "",
    cveIds: toCves(id, row.cves),
    cvss: cvss ? [cvss] : [],
    isPatchAvailable: row["solution type"] ? row["solution type"] === "VendorFix" : null,
    references: [
      ...toList(row.bids).map((bid) => `BID:${bid}`),
      ...toList(row.certs),
      ...toList(row["other references"]),
    ],
  };
}

function toEvidence(row: CsvRow): string {
  const qod = row.qod ? `Quality of detection: ${row.qod} %` : "";
  return [row["specific result"] ?? "", qod].filter((text) => text !== "").join("\n\n");
}

function toList(text: string | undefined): string[] {
  return (text ?? "").split(/[,\n]/).flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
}
