import { parseCapture } from "../capture/index.ts";
import type { CaptureParser, ScanParser } from "../records.ts";
import { parseGrype } from "../scanners/grype/index.ts";
import { parseNessus } from "../scanners/nessus/index.ts";
import { parseTrivy } from "../scanners/trivy/index.ts";
import type { FileHead, JsonHead } from "./file-head.ts";

/** A file format that can be imported. */
export type Format = {
  /** Stable, used in stored imports. */
  id: string;
  /** For people. */
  title: string;
  sniff: (head: FileHead) => boolean;
} & ({ kind: "scan"; parse: ScanParser } | { kind: "capture"; parse: CaptureParser });

/** Schema 2, the older bare array of results, and the report of a cluster. */
function isTrivy(json: JsonHead): boolean {
  if (json.has("SchemaVersion") && json.has("ArtifactName")) return true;
  const isOld = json.has("*.Target") && (json.has("*.Vulnerabilities") || json.has("*.Type"));
  return (
    isOld ||
    (json.has("ClusterName") && (json.has("Vulnerabilities") || json.has("Misconfigurations") || json.has("Resources")))
  );
}

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
    id: "grype",
    title: "Grype report (JSON)",
    kind: "scan",
    sniff: ({ json }) => json?.has("matches") === true && json.has("matches.*.vulnerability"),
    parse: parseGrype,
  },
  {
    id: "trivy",
    title: "Trivy report (JSON)",
    kind: "scan",
    sniff: ({ json }) => json !== null && isTrivy(json),
    parse: parseTrivy,
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
