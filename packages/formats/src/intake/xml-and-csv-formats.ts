import type { ScanParser } from "../records.ts";
import { parseBurp } from "../scanners/burp/index.ts";
import { isGenericCsvHeader, parseGenericCsv } from "../scanners/generic-csv/index.ts";
import { isNessusCsvHeader, parseNessusCsv } from "../scanners/nessus/index.ts";
import { parseNexpose } from "../scanners/nexpose/index.ts";
import { parseNmap } from "../scanners/nmap/index.ts";
import { isOpenvasCsvHeader, parseOpenvas, parseOpenvasCsv } from "../scanners/openvas/index.ts";
import { isQualysCsvHeader, parseQualysCsv, parseQualysReport, parseQualysScan } from "../scanners/qualys/index.ts";
import { isWizHeader, parseWiz } from "../scanners/wiz/index.ts";
import { parseZapJson, parseZapXml } from "../scanners/zap/index.ts";
import type { FileHead } from "./file-head.ts";

type ReportFormat = { id: string; title: string; sniff: (head: FileHead) => boolean; parse: ScanParser };

const byRoot =
  (...names: readonly string[]) =>
  ({ xmlRoot }: FileHead) =>
    xmlRoot !== null && names.includes(xmlRoot);

const byHeader =
  (isHeader: (columns: readonly string[]) => boolean) =>
  (head: FileHead): boolean =>
    head.hasCsvHeader(isHeader);

/** Reports in XML, told by their root element, and tables, told by their columns; the table of unknown origin last. */
export const xmlAndCsvFormats: readonly ReportFormat[] = [
  {
    id: "qualys-xml",
    title: "Qualys asset report (XML)",
    sniff: byRoot("ASSET_DATA_REPORT"),
    parse: parseQualysReport,
  },
  { id: "qualys-scan", title: "Qualys scan results (XML)", sniff: byRoot("SCAN"), parse: parseQualysScan },
  {
    id: "openvas",
    title: "OpenVAS or Greenbone report (XML)",
    sniff: byRoot("report", "get_reports_response"),
    parse: parseOpenvas,
  },
  { id: "nexpose", title: "Nexpose report (XML)", sniff: byRoot("NexposeReport"), parse: parseNexpose },
  { id: "nmap", title: "Nmap output (XML)", sniff: byRoot("nmaprun"), parse: parseNmap },
  { id: "burp", title: "Burp Suite issues (XML)", sniff: byRoot("issues"), parse: parseBurp },
  { id: "zap-xml", title: "ZAP report (XML)", sniff: byRoot("OWASPZAPReport"), parse: parseZapXml },
  {
    id: "zap-json",
    title: "ZAP report (JSON)",
    sniff: ({ json }) => json?.has("site.*.@name") === true,
    parse: parseZapJson,
  },
  { id: "qualys-csv", title: "Qualys report (CSV)", sniff: byHeader(isQualysCsvHeader), parse: parseQualysCsv },
  { id: "openvas-csv", title: "OpenVAS results (CSV)", sniff: byHeader(isOpenvasCsvHeader), parse: parseOpenvasCsv },
  { id: "nessus-csv", title: "Nessus report (CSV)", sniff: byHeader(isNessusCsvHeader), parse: parseNessusCsv },
  { id: "wiz", title: "Wiz issues (CSV)", sniff: byHeader(isWizHeader), parse: parseWiz },
  { id: "generic-csv", title: "table of findings (CSV)", sniff: byHeader(isGenericCsvHeader), parse: parseGenericCsv },
];
