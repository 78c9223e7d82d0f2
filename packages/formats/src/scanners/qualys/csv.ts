import {
  type AssetInput,
  type CheckInput,
  type CsvRow,
  csvScan,
  type PlaceInput,
  RowFindings,
  toCves,
  toPlainText,
  toPort,
  toWrittenTime,
} from "../kit/index.ts";
import { PRODUCT, toScore, toSeverity, toTypeDetected } from "./definition.ts";
import { toInstance, toState, toTimes } from "./report.ts";

type State = { reportedAt: number | null; fate: string | null; rows: RowFindings };

/** The asset report names a host by its address, the list of vulnerabilities (VMDR) by its asset. */
export function isQualysCsvHeader(columns: readonly string[]): boolean {
  if (!columns.includes("qid") || !columns.includes("title") || !columns.includes("severity")) return false;
  return columns.includes("ip") || columns.includes("asset name");
}

/**
 * The asset report, the results of a scan, and both lists of vulnerabilities, by QID and by CVE; the latter has a row for each
 * CVE of a QID.
 */
export const parseQualysCsv = csvScan<State>({
  product: PRODUCT,
  isHeader: isQualysCsvHeader,
  isNote: (row) => (row.qid ?? "") === "" && /not scanned|not alive|^target distribution/i.test(noteOf(row)),
  start: (preamble) => ({
    reportedAt: reportTime(preamble),
    fate: UNFINISHED.exec(preamble.slice(0, 10_000))?.[1] ?? null,
    rows: new RowFindings(),
  }),
  row: (row, { out, where, state }) => {
    const asset = toAsset(row, state.reportedAt);
    // A host on which the scan found nothing has a row as well.
    if ((row.qid ?? "") === "" && /^host scanned/i.test(row["ip status"] ?? "") && asset.name !== "") out.asset(asset);
    else if (!/^\d{1,12}$/.test(row.qid ?? "")) {
      out.refuse("qualys-qid-missing", where, "the row has no QID that is a number; it was left out");
    } else if (asset.name === "") {
      out.refuse("asset-missing", where, "the row has neither address nor name of a host; it was left out");
    } else state.rows.add(asset, toCheck(row), toPlace(row), out, where);
  },
  rest: ({ out, state }) => {
    if (state.fate !== null) out.unfinished("line 1", `the scan is ${state.fate.toLowerCase()}`);
    return state.rows.tell(out);
  },
});

/** In the results of a scan: what became of it, in the line behind the one that begins with its launch date. */
const UNFINISHED = /^"?Launch Date"?,.*\n.*?[,"](cancell?ed|error|interrupted|paused|running)"?,/im;

/** Which hosts were not scanned stands in the status of a line of its own; where scanners stood begins the last line. */
function noteOf(row: CsvRow): string {
  return row["ip status"] || (row.ip ?? "");
}

/** The first cell before the columns that is a time. */
function reportTime(preamble: string): number | null {
  const times = preamble
    .slice(0, 10_000)
    .split(/["\n]/)
    .map((cell) => readTime(cell.trim()));
  return times.find((time) => time !== null) ?? null;
}

function readTime(text: string): number | null {
  return toWrittenTime(text, "month-first");
}

/** Spreadsheets are kept from reading an empty cell as a formula with an apostrophe. */
function cell(row: CsvRow, ...names: readonly string[]): string {
  return names.map((name) => row[name] ?? "").find((text) => text !== "" && text !== "'-" && text !== "-") ?? "";
}

function toAsset(row: CsvRow, scannedAt: number | null): AssetInput {
  const addresses = cell(row, "ip", "asset ipv4", "asset ipv6").split(",");
  const name = cell(row, "asset name") || (addresses[0] ?? "").trim();
  return {
    name,
    ref: cell(row, "asset id") || name,
    addresses: [...addresses, ...cell(row, "asset ipv6").split(","), cell(row, "dns"), cell(row, "netbios")],
    operatingSystem: cell(row, "os", "operating system"),
    scannedAt,
  };
}

function toCheck(row: CsvRow): CheckInput {
  const id = row.qid as string;
  // Of the two the second is the QID's own; the first may be set for one account.
  const severity = toSeverity(cell(row, "kb severity")) ?? toSeverity(row.severity);
  const isInformation = /^(ig|info)/i.test(row.type ?? "");
  const parts = [cell(row, "threat"), cell(row, "impact")].map(toPlainText).filter((text) => text !== "");
  const isVendorPatchable = toFlag(cell(row, "vuln patchable"));
  const patchPublishedAt = readTime(cell(row, "patch released"));
  return {
    id,
    title: cell(row, "title"),
    description: parts.join("\n\n"),
    solution: toPlainText(cell(row, "solution")),
    severity: severity ?? 1,
    sourceSeverity: row.severity ?? "",
    cveIds: toCves(row["cve id"], row.cve),
    cvss: [
      ...toScore(cell(row, "cvss base", "cvssv2 base (nvd)"), "2.0"),
      ...toScore(cell(row, "cvss3 base"), "3.0"),
      ...toScore(cell(row, "cvss3.1 base", "cvssv3.1 base (nvd)"), "3.1"),
    ],
    family: cell(row, "category") || null,
    publishedAt: readTime(cell(row, "published date")),
    patchPublishedAt,
    isExploitAvailable: cell(row, "exploitability") === "" ? null : true,
    isPatchAvailable: patchPublishedAt === null ? (isVendorPatchable ?? null) : true,
    ...(isVendorPatchable === undefined ? {} : { isVendorPatchable }),
    references: toList(cell(row, "vendor reference")).concat(toList(cell(row, "bugtraq id")).map((id) => `BID:${id}`)),
    ...(isInformation ? { category: "INFORMATION" } : {}),
  };
}

function toList(text: string): string[] {
  return text.split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
}

function toPlace(row: CsvRow): PlaceInput {
  const port = toPort(cell(row, "port"));
  const severity = toSeverity(row.severity);
  const isDisabled = toFlag(cell(row, "disabled"));
  const isIgnored = toFlag(cell(row, "ignored"));
  const fixed = cell(row, "last fixed", "date last fixed");
  const times = [cell(row, "first detected"), cell(row, "last detected"), fixed];
  const told = {
    // The asset report tells it as the type.
    ...toTypeDetected(cell(row, "type detected", "type")),
    ...(isDisabled === undefined ? {} : { isDisabled }),
    ...(isIgnored === undefined ? {} : { isIgnored }),
  };
  return {
    port,
    protocol: port === null ? null : cell(row, "protocol"),
    instance: toInstance(cell(row, "instance"), cell(row, "fqdn")),
    evidence: cell(row, "results"),
    ...(severity === null ? {} : { severity }),
    ...toTimes(times.map(readTime)),
    ...toState(cell(row, "vuln status", "status")),
    ...told,
  };
}

function toFlag(text: string): boolean | undefined {
  return /^(yes|no)$/i.test(text) ? text.toLowerCase() === "yes" : undefined;
}
