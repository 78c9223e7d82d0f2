import {
  type AssetInput,
  childrenOf,
  Pending,
  type PlaceInput,
  type ScanWriter,
  textOf,
  toCves,
  toPort,
  toTime,
  type XmlElement,
  xmlScan,
} from "../kit/index.ts";
import { PRODUCT, toDefinition, toSeverity, toTypeDetected } from "./definition.ts";

type Finding = { asset: AssetInput; qid: string; place: PlaceInput; where: string };
type Host = AssetInput & { addresses: string[]; identifiers: NonNullable<AssetInput["identifiers"]> };
type State = {
  reportedAt: number | null;
  host: Host;
  hasHosts: boolean;
  pending: Pending<Finding>;
  /** QIDs that gather information and find nothing wrong. */
  informational: Set<string>;
};

const HOST = "ASSET_DATA_REPORT/HOST_LIST/HOST";

/** The asset report in XML: hosts with the QIDs found on them, and behind all of them a glossary of the QIDs. */
export const parseQualysReport = xmlScan<State>({
  product: PRODUCT,
  start: () => ({
    reportedAt: null,
    host: newHost(null),
    hasHosts: false,
    pending: new Pending(500_000),
    informational: new Set(),
  }),
  open: {
    [HOST]: (_, { state }) => {
      state.host = newHost(state.reportedAt);
      state.hasHosts = true;
    },
  },
  records: {
    "ASSET_DATA_REPORT/HEADER/GENERATION_DATETIME": (element, { state }) => {
      state.reportedAt = toTime(element.text);
    },
    [`${HOST}/IP`]: ({ text }, { state }) => void state.host.addresses.unshift(text),
    [`${HOST}/DNS`]: ({ text }, { state }) => void state.host.addresses.push(text),
    [`${HOST}/NETBIOS`]: ({ text }, { state }) => void state.host.addresses.push(text),
    [`${HOST}/OPERATING_SYSTEM`]: ({ text }, { state }) => {
      state.host.operatingSystem = text;
    },
    [`${HOST}/IP_INTERFACES`]: (element, { state }) => {
      state.host.addresses.push(...childrenOf(element, "IP").map(({ text }) => text));
    },
    [`${HOST}/QG_HOSTID`]: ({ text }, { state }) => identify(state.host, "agent-id", text),
    [`${HOST}/EC2_INSTANCE_ID`]: ({ text }, { state }) => identify(state.host, "cloud-instance-id", text),
    [`${HOST}/VULN_INFO_LIST/VULN_INFO`]: (element, { out, where, state }) => holdFinding(element, out, where, state),
    "ASSET_DATA_REPORT/GLOSSARY/VULN_DETAILS_LIST/VULN_DETAILS": (element, { out, where, state }) => {
      const id = textOf(element, "QID");
      const severity = toSeverity(textOf(element, "SEVERITY"));
      const check = toDefinition(id, element, severity, textOf(element, "THREAT"));
      const category = state.informational.has(id) ? ({ category: "INFORMATION" } as const) : {};
      out.check({ ...check, ...category, cveIds: toCves(check.cveIds) }, where);
    },
  },
  close: {
    [HOST]: ({ out, where, state }) => {
      if (nameOf(state.host) === "") out.refuse("asset-missing", where, "the host has neither address nor name");
      else out.asset({ ...state.host, name: nameOf(state.host) });
    },
  },
  rest: function* ({ out, state }) {
    if (!state.hasHosts) out.warn("qualys-hosts-missing", "end of file", "the report holds no HOST_LIST with hosts");
    for (const { asset, qid, place, where } of state.pending.take()) {
      tellFinding(asset, qid, place, out, where, state);
      yield;
    }
  },
});

function newHost(scannedAt: number | null): Host {
  return { name: "", addresses: [], identifiers: [], scannedAt };
}

/** The address, which every host has; what other names it has come and go. */
function nameOf(host: Host): string {
  return host.addresses.find((text) => text !== "") ?? "";
}

function identify(host: Host, kind: "agent-id" | "cloud-instance-id", value: string): void {
  if (value !== "") host.identifiers.push({ kind, value });
}

function holdFinding(element: XmlElement, out: ScanWriter, where: string, state: State): void {
  const qid = textOf(element, "QID");
  if (!/^\d{1,12}$/.test(qid)) {
    out.refuse("qualys-qid-missing", where, "the finding has no QID that is a number; it was left out");
    return;
  }
  if (nameOf(state.host) === "") {
    out.refuse("asset-missing", where, "the finding's host has neither address nor name; it was left out");
    return;
  }
  if (textOf(element, "TYPE") === "Ig") state.informational.add(qid);
  const port = toPort(textOf(element, "PORT"));
  const place = {
    port,
    protocol: port === null ? null : textOf(element, "PROTOCOL"),
    instance: toInstance(textOf(element, "INSTANCE"), textOf(element, "FQDN")),
    evidence: state.pending.text(textOf(element, "RESULT"), out, where),
    ...toTimes(["FIRST_FOUND", "LAST_FOUND", "LAST_FIXED"].map((name) => toTime(textOf(element, name)))),
    ...toState(textOf(element, "VULN_STATUS")),
    ...toTypeDetected(textOf(element, "TYPE")),
  };
  state.host.name = nameOf(state.host);
  state.pending.add({ asset: state.host, qid, place, where }, out, where);
}

/** A QID that the glossary does not describe is told all the same, by its number. */
function tellFinding(asset: AssetInput, qid: string, place: PlaceInput, out: ScanWriter, where: string, state: State) {
  const isInformational = state.informational.has(qid);
  if (!out.hasCheck(qid)) {
    out.warn("qualys-qid-undescribed", where, `the report's glossary does not describe QID ${qid}`);
  }
  const check = { id: qid, title: `QID ${qid}`, severity: isInformational ? 1 : 3 } as const;
  out.finding(asset, isInformational ? { ...check, category: "INFORMATION" } : check, place, where);
}

export function toInstance(instance: string, fqdn: string): string | null {
  return instance || fqdn.toLowerCase() || null;
}

export function toState(status: string): { state?: "fixed" } {
  return /^fixed$/i.test(status) ? { state: "fixed" } : {};
}

/** @param times when it was found first and last, and fixed last */
export function toTimes([firstSeenAt = null, lastSeenAt = null, fixedAt = null]: readonly (number | null)[]) {
  return {
    ...(firstSeenAt === null ? {} : { firstSeenAt }),
    ...(lastSeenAt === null ? {} : { lastSeenAt }),
    ...(fixedAt === null ? {} : { fixedAt }),
  };
}
