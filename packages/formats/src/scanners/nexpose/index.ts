import {
  type AssetInput,
  allText,
  type CheckInput,
  childOf,
  childrenOf,
  Pending,
  type PlaceInput,
  type ScanWriter,
  severityOfScore,
  toCves,
  toCvss,
  toNumber,
  toPort,
  toWrittenTime,
  type XmlElement,
  xmlScan,
} from "../kit/index.ts";

type Node = AssetInput & { addresses: (string | undefined)[]; certainty: number };
type Finding = { node: Node; id: string; place: PlaceInput; where: string };
type State = {
  scannedAt: number | null;
  node: Node | null;
  port: number | null;
  protocol: string | null;
  pending: Pending<Finding>;
};
type Context = { out: ScanWriter; where: string; state: State };

const NODE = "NexposeReport/nodes/node";
const ENDPOINT = `${NODE}/endpoints/endpoint`;
const FOUND = new Set([
  "vulnerable",
  "vulnerable-exploited",
  "vulnerable-version",
  "vulnerable-potential",
  "potential",
]);
/** Found, and taken out of the report by somebody's decision. */
const EXCEPTED = new Set([
  "exception-vulnerable-exploited",
  "exception-vulnerable-version",
  "exception-vulnerable-potential",
]);

const UNFINISHED = /^(aborted|dispatched|error|integrating|paused|running|stopped)$/i;

/** The XML export (report versions 1.0 and 2.0): nodes with their tests, and behind them what each test looks for. */
export const parseNexpose = xmlScan<State>({
  product: "Nexpose",
  start: () => ({ scannedAt: null, node: null, port: null, protocol: null, pending: new Pending(500_000) }),
  open: {
    [NODE]: (attributes, { out, where, state }) => openNode(attributes, out, where, state),
    [ENDPOINT]: ({ port, protocol }, { state }) => {
      state.port = toPort(port);
      state.protocol = state.port === null ? null : (protocol ?? null);
    },
  },
  records: {
    "NexposeReport/scans/scan": ({ attributes }, { out, where, state }) => {
      const { status = "" } = attributes;
      if (UNFINISHED.test(status)) out.unfinished(where, `the scan is ${status.toLowerCase()}`);
      const endedAt = toWrittenTime(attributes.endTime) ?? toWrittenTime(attributes.startTime);
      state.scannedAt = Math.max(state.scannedAt ?? 0, endedAt ?? 0) || null;
    },
    [`${NODE}/names/name`]: ({ text }, { state }) => void state.node?.addresses.push(text),
    [`${NODE}/fingerprints/os`]: ({ attributes }, { state }) => tellSystem(attributes, state.node),
    [`${NODE}/tests/test`]: holdTest,
    [`${ENDPOINT}/tests/test`]: holdTest,
    [`${ENDPOINT}/services/service/tests/test`]: holdTest,
    "NexposeReport/VulnerabilityDefinitions/vulnerability": (element, { out, where }) =>
      out.check(toCheck(element), where),
  },
  close: {
    [ENDPOINT]: ({ state }) => {
      state.port = null;
      state.protocol = null;
    },
    [NODE]: ({ out, state }) => {
      if (state.node) out.asset(state.node);
      state.node = null;
    },
  },
  rest: function* ({ out, state }) {
    for (const { node, id, place, where } of state.pending.take()) {
      if (!out.hasCheck(id))
        out.warn("nexpose-check-undescribed", where, `the report does not define ${id.slice(0, 100)}`);
      out.finding(node, { id, title: id, severity: 3 }, place, where);
      yield;
    }
  },
});

/** A node that did not answer was looked for, and is none. */
function openNode(attributes: XmlElement["attributes"], out: ScanWriter, where: string, state: State): void {
  const { address = "", status } = attributes;
  state.node = null;
  if (status !== undefined && status !== "alive") return;
  if (address.trim() === "") {
    out.refuse("asset-missing", where, "the node has no address; it was left out with its findings");
    return;
  }
  const macAddress = attributes["hardware-address"] ?? "";
  const interfaces = [{ address, macAddress }];
  state.node = {
    name: address,
    addresses: [],
    macAddresses: [macAddress],
    interfaces,
    scannedAt: state.scannedAt,
    certainty: -1,
  };
}

/** Of several guesses the one that is held most certain. */
function tellSystem(guess: XmlElement["attributes"], node: Node | null): void {
  const certainty = toNumber(guess.certainty) ?? 0;
  if (!node || certainty <= node.certainty) return;
  const { vendor = "", product = "", family = "", version = "" } = guess;
  const name = product || family;
  node.certainty = certainty;
  node.operatingSystem = [name.startsWith(vendor) ? "" : vendor, name, version].filter((part) => part !== "").join(" ");
}

function holdTest(test: XmlElement, { out, where, state }: Context): void {
  const { id = "", status = "", key } = test.attributes;
  if (!state.node || !(FOUND.has(status) || EXCEPTED.has(status))) return;
  if (id.trim() === "") {
    out.refuse("check-id-unusable", where, "the test has no id; it was left out");
    return;
  }
  const place: PlaceInput = {
    port: state.port,
    protocol: state.protocol,
    instance: key?.trim() || null,
    evidence: state.pending.text(allText(test), out, where),
    ...(status.endsWith("potential") ? { typeDetected: "Potential" as const } : {}),
    ...(EXCEPTED.has(status) ? { state: "mitigated", isIgnored: true } : {}),
  };
  state.pending.add({ node: state.node, id: toId(id), place, where }, out, where);
}

/** Tests and definitions spell one id differently. */
function toId(id: string): string {
  return id.trim().toLowerCase();
}

function toCheck(element: XmlElement): CheckInput {
  const { id = "", title = "", severity = "", cvssVector, cvssScore, cvssV3Vector, cvssV3Score } = element.attributes;
  const references = childrenOf(element, "references/reference").map(({ attributes, text }) => ({
    source: (attributes.source ?? "").toUpperCase(),
    text,
  }));
  const isExploited = childrenOf(element, "exploits/exploit").length + childrenOf(element, "malware/name").length > 0;
  return {
    id: toId(id),
    title,
    description: allText(childOf(element, "description")),
    solution: allText(childOf(element, "solution")),
    // 0 to 10 and rounded, on the scale of CVSS.
    severity: severityOfScore(toNumber(severity)) ?? 3,
    sourceSeverity: severity,
    cveIds: toCves(references.map(({ source, text }) => (source === "CVE" ? text : ""))),
    cvss: [
      toCvss({ vector: cvssVector, score: cvssScore, version: "2.0" }),
      toCvss({ vector: cvssV3Vector, score: cvssV3Score, version: "3.0" }),
    ].filter((score) => score !== null),
    family: childOf(element, "tags/tag")?.text ?? null,
    publishedAt: toWrittenTime(element.attributes.published),
    isExploitAvailable: isExploited ? true : null,
    references: references.flatMap(({ source, text }) => {
      if (source === "CVE") return [];
      return [source === "URL" || source === "" ? text : `${source}:${text}`];
    }),
  };
}
