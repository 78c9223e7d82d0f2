import { isCsafSideFile, parseCsaf, passSideFile } from "../advisories/csaf/index.ts";
import { parseCapture } from "../capture/index.ts";
import { type FeedParser, feedFormats } from "../feeds/index.ts";
import { projectFileFormats } from "../projectfiles/index.ts";
import type { AdvisoryParser, CaptureParser, ProjectFileParser, ScanParser } from "../records.ts";
import { parseCycloneDxXml } from "../scanners/cyclonedx/index.ts";
import { parseNessus } from "../scanners/nessus/index.ts";
import { isZeekLog, parseZeek } from "../zeek/index.ts";
import type { FileHead } from "./file-head.ts";
import { jsonFormats } from "./json-formats.ts";
import { xmlAndCsvFormats } from "./xml-and-csv-formats.ts";

/** A file format that can be imported. */
export type Format = {
  /** Stable, used in stored imports. */
  id: string;
  /** For people. */
  title: string;
  sniff: (head: FileHead) => boolean;
} & (
  | { kind: "scan"; parse: ScanParser }
  | { kind: "capture"; parse: CaptureParser }
  | { kind: "projectfile"; parse: ProjectFileParser }
  | { kind: "advisory"; parse: AdvisoryParser }
  | { kind: "feed"; parse: FeedParser }
);

const PCAP_MAGICS = new Set(["a1b2c3d4", "d4c3b2a1", "a1b23c4d", "4d3cb2a1"]);

/** Every format, first match wins. A new one is a folder with its parser and one entry here. */
export const formats: readonly Format[] = [
  {
    id: "nessus",
    title: "Nessus report (NessusClientData_v2)",
    kind: "scan",
    sniff: (head) => head.xmlRoot === "NessusClientData_v2",
    parse: parseNessus,
  },
  {
    id: "cyclonedx-xml",
    title: "CycloneDX with vulnerabilities (XML)",
    kind: "scan",
    sniff: (head) => head.xmlRoot === "bom",
    parse: parseCycloneDxXml,
  },
  ...projectFileFormats.map((format): Format => ({ ...format, kind: "projectfile" })),
  { id: "zeek", title: "Zeek log (tab-separated or JSON)", kind: "capture", sniff: isZeekLog, parse: parseZeek },
  ...feedFormats.map((format): Format => ({ ...format, kind: "feed" })),
  ...jsonFormats.map(
    ({ matches, ...format }): Format => ({
      ...format,
      kind: "scan",
      sniff: ({ json }) => json !== null && matches(json),
    }),
  ),
  ...xmlAndCsvFormats.map((format): Format => ({ ...format, kind: "scan" })),
  {
    id: "pcap",
    title: "packet capture (pcap)",
    kind: "capture",
    sniff: (head) => PCAP_MAGICS.has(head.hex.slice(0, 8)),
    parse: parseCapture,
  },
  {
    id: "pcapng",
    title: "packet capture (pcapng)",
    kind: "capture",
    sniff: (head) => head.hex.startsWith("0a0d0d0a"),
    parse: parseCapture,
  },
  {
    id: "csaf",
    title: "CSAF 2.0 advisory (JSON)",
    kind: "advisory",
    sniff: ({ json }) => json?.has("document.csaf_version") === true || json?.has("document.tracking.id") === true,
    parse: parseCsaf,
  },
  {
    id: "csaf-directory",
    title: "lists and signatures of a CSAF directory",
    kind: "advisory",
    sniff: isCsafSideFile,
    parse: passSideFile,
  },
];
