import type { FindingCategory, TypeDetected } from "../../records.ts";
import {
  type AssetInput,
  type ScanWriter,
  textOf,
  toCves,
  toPlainText,
  toPort,
  toTime,
  type XmlElement,
  xmlScan,
} from "../kit/index.ts";
import { PRODUCT, toDefinition, toSeverity } from "./definition.ts";

type State = {
  scannedAt: number | null;
  host: AssetInput & { addresses: string[] };
  port: number | null;
  protocol: string | null;
};

type Kind = { category?: FindingCategory; typeDetected?: TypeDetected };

/** Containers of a host, the elements in them, and what they hold. */
const KINDS: readonly (readonly [container: string, element: string, kind: Kind])[] = [
  ["INFOS", "INFO", { category: "INFORMATION" }],
  ["SERVICES", "SERVICE", { category: "INFORMATION" }],
  ["VULNS", "VULN", { typeDetected: "Confirmed" }],
  ["PRACTICES", "PRACTICE", { typeDetected: "Potential" }],
];
const HOST = "SCAN/IP";
const UNFINISHED = /^(cancell?ed|error|interrupted|loading|paused|queued|running|submitted)$/i;

/** The result of one scan in XML: each host tells its findings with all that is known of their QIDs. */
export const parseQualysScan = xmlScan<State>({
  product: PRODUCT,
  start: () => ({ scannedAt: null, host: { name: "", addresses: [] }, port: null, protocol: null }),
  open: {
    [HOST]: ({ value = "", name = "" }, { state }) => {
      state.host = { name: value || name, addresses: [name], scannedAt: state.scannedAt };
    },
    ...Object.fromEntries(
      KINDS.map(([container]) => [
        `${HOST}/${container}/CAT`,
        ({ port, protocol }: XmlElement["attributes"], { state }: { state: State }) => {
          state.port = toPort(port);
          state.protocol = state.port === null ? null : (protocol ?? null);
        },
      ]),
    ),
  },
  records: {
    "SCAN/HEADER/KEY": ({ attributes, text }, { out, where, state }) => {
      if (attributes.value === "DATE") state.scannedAt = toTime(text);
      if (attributes.value === "STATUS" && UNFINISHED.test(text)) {
        out.unfinished(where, `the scan is ${text.toLowerCase()}`);
      }
    },
    [`${HOST}/OS`]: ({ text }, { state }) => {
      state.host.operatingSystem = text;
    },
    [`${HOST}/NETBIOS_HOSTNAME`]: ({ text }, { state }) => void state.host.addresses.push(text),
    ...Object.fromEntries(
      KINDS.map(([container, element, kind]) => [
        `${HOST}/${container}/CAT/${element}`,
        (finding: XmlElement, { out, where, state }: { out: ScanWriter; where: string; state: State }) =>
          tellFinding(finding, kind, out, where, state),
      ]),
    ),
  },
  close: {
    [HOST]: ({ out, where, state }) => {
      if (state.host.name.trim() === "") out.refuse("asset-missing", where, "the host has neither address nor name");
      else out.asset(state.host);
    },
  },
});

function tellFinding(
  finding: XmlElement,
  { category, ...type }: Kind,
  out: ScanWriter,
  where: string,
  state: State,
): void {
  const id = finding.attributes.number?.trim() ?? "";
  if (!/^\d{1,12}$/.test(id)) {
    out.refuse("qualys-qid-missing", where, "the finding has no QID that is a number; it was left out");
    return;
  }
  const definition = toDefinition(id, finding, toSeverity(finding.attributes.severity), textOf(finding, "DIAGNOSIS"));
  const check = { ...definition, cveIds: toCves(finding.attributes.cveid, definition.cveIds) };
  const place = {
    port: state.port,
    protocol: state.protocol,
    evidence: toPlainText(textOf(finding, "RESULT")),
    ...type,
  };
  out.finding(state.host, category ? { ...check, category } : check, place, where);
}
