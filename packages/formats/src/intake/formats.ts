import { parseCapture } from "../capture/index.ts";
import type { CaptureParser, ScanParser } from "../records.ts";
import { parseNessus } from "../scanners/nessus/index.ts";
import type { FileHead } from "./file-head.ts";

/** A file format that can be imported. */
export type Format = {
  /** Stable, used in stored imports. */
  id: string;
  /** For people. */
  title: string;
  sniff: (head: FileHead) => boolean;
} & ({ kind: "scan"; parse: ScanParser } | { kind: "capture"; parse: CaptureParser });

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
];
