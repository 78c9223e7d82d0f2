import {
  type AssetInput,
  type CheckInput,
  childOf,
  childrenOf,
  firstOfEachVersion,
  type ScanWriter,
  severityOfScore,
  severityOfWord,
  textOf,
  toCves,
  toCvss,
  toNumber,
  toTime,
  type XmlElement,
  xmlScan,
} from "../kit/index.ts";
import { toPlacePort } from "./port.ts";

type State = { scannedAt: number | null; hasResults: boolean; results: number };
type Context = { out: ScanWriter; where: string; state: State };

/** A report stands alone, in the frame that its export puts around it, or in an answer of the management protocol. */
const REPORTS = ["report", "report/report", "get_reports_response/report/report"];

/** The XML report of OpenVAS and Greenbone: results, and behind them what is known of the hosts. */
export const parseOpenvas = xmlScan<State>({
  product: "OpenVAS",
  start: () => ({ scannedAt: null, hasResults: false, results: 0 }),
  open: forEachReport("results", (_: unknown, { state }: Context) => {
    state.hasResults = true;
  }),
  records: {
    ...forEachReport("timestamp", tellTime),
    ...forEachReport("scan_start", tellTime),
    ...forEachReport("scan_run_status", ({ text }: XmlElement, { out, where }: Context) => {
      if (UNFINISHED.test(text)) out.unfinished(where, `the scan is ${text.slice(0, 40).toLowerCase()}`);
    }),
    ...forEachReport("results/result", (result: XmlElement, { out, where, state }: Context) => {
      state.results++;
      tellResult(result, out, where, state);
    }),
    ...forEachReport("result_count", tellPage),
    ...forEachReport("host", (host: XmlElement, { out, state }: Context) => {
      const asset = toDescribedHost(host, state.scannedAt);
      if (asset) out.asset(asset);
    }),
  },
  end: ({ out, state }) => {
    if (!state.hasResults) {
      out.refuse(
        "openvas-results-missing",
        "end of file",
        "the report has no results element; export it as XML with results",
      );
    }
  },
});

/** What a scan is that did not come to its end; imported reports are of kinds of their own. */
const UNFINISHED = /^(delete|new|queued|requested|resume|running|stop|interrupted|processing)/i;

function forEachReport<T>(path: string, mapping: T): Record<string, T> {
  return Object.fromEntries(REPORTS.map((report) => [`${report}/${path}`, mapping]));
}

/** The start is told twice, and stands before the results: it is the time of all assets of the report. */
function tellTime(element: XmlElement, { state }: Context): void {
  state.scannedAt ??= toTime(element.text);
}

/** Behind the results stands how many match the filter: a report may be one page of them. */
function tellPage(count: XmlElement, { out, where, state }: Context): void {
  const matching = toNumber(textOf(count, "filtered")) ?? 0;
  if (matching <= state.results) return;
  out.isComplete = false;
  const message = `the report holds ${state.results} of ${matching} results; nothing is closed that it does not name: export all rows`;
  out.warn("openvas-page", where, message);
}

function tellResult(result: XmlElement, out: ScanWriter, where: string, state: State): void {
  const threat = textOf(result, "threat");
  const score = toNumber(textOf(result, "severity"));
  // -3 and the word: the check itself failed, which is no finding.
  if (threat === "Error" || score === -3) {
    out.warn(
      "openvas-check-failed",
      where,
      `the scanner reports an error instead of a result: ${textOf(result, "description").slice(0, 200)}`,
    );
    return;
  }
  const nvt = childOf(result, "nvt");
  const id = nvt?.attributes.oid?.trim() ?? "";
  if (!nvt || id === "" || id === "0") {
    out.refuse("openvas-oid-missing", where, "the result does not name its test by OID; it was left out");
    return;
  }
  const [port = "", protocol = ""] = textOf(result, "port").split("/");
  const qod = textOf(result, "qod/value");
  const host = textOf(result, "host");
  const name = textOf(result, "host/hostname") || host;
  const place = {
    ...toPlacePort(port, protocol),
    evidence: [textOf(result, "description"), qod === "" ? "" : `Quality of detection: ${qod} %`]
      .filter(Boolean)
      .join("\n\n"),
    severity: severityOfScore(score) ?? severityOfWord(threat) ?? 1,
    ...(isFalsePositive(threat, score) ? { state: "mitigated" as const } : {}),
  };
  out.finding(
    { name, ref: host || name, addresses: [host], scannedAt: state.scannedAt },
    toCheck(id, nvt),
    place,
    where,
  );
}

/** Somebody has overridden the severity with "false positive". */
function isFalsePositive(threat: string, score: number | null): boolean {
  return threat === "False Positive" || score === -1;
}

function toCheck(id: string, nvt: XmlElement): CheckInput {
  const tags = toTags(textOf(nvt, "tags"));
  const refs = childrenOf(nvt, "refs/ref").map(({ attributes }) => ({
    type: attributes.type ?? "",
    id: attributes.id ?? "",
  }));
  const base = textOf(nvt, "cvss_base");
  const described = ["summary", "insight", "impact", "affected"].map((name) => tags.get(name) ?? "");
  const solutionType = childOf(nvt, "solution")?.attributes.type ?? tags.get("solution_type") ?? "";
  return {
    id,
    title: textOf(nvt, "name").replaceAll(/\s+/g, " "),
    description: described.filter((text) => text !== "").join("\n\n"),
    solution: textOf(nvt, "solution") || (tags.get("solution") ?? ""),
    severity: severityOfScore(toNumber(base)) ?? 1,
    sourceSeverity: base,
    // Before version 20 CVEs stood in an element of their own.
    cveIds: toCves(
      id,
      textOf(nvt, "cve"),
      refs.map((ref) => (ref.type === "cve" ? ref.id : "")),
    ),
    cvss: toScores(nvt, tags, base),
    family: textOf(nvt, "family") || null,
    isPatchAvailable: solutionType === "" ? null : solutionType === "VendorFix",
    references: [
      ...refs.flatMap((ref) =>
        ref.type === "cve" ? [] : [ref.type === "url" ? ref.id : `${ref.type.toUpperCase()}:${ref.id}`],
      ),
      ...textOf(nvt, "bid")
        .split(/[\s,]+/)
        .flatMap((bid) => (/^\d+$/.test(bid) ? [`BID:${bid}`] : [])),
    ],
  };
}

/** Newer versions tell a score with its vector, 20.08 as 0 to 100; older ones CVSS 2 alone. */
function toScores(nvt: XmlElement, tags: ReadonlyMap<string, string>, base: string): NonNullable<CheckInput["cvss"]> {
  const told = childrenOf(nvt, "severities/severity").map((severity) => {
    const score = toNumber(textOf(severity, "score"));
    return toCvss({
      vector: textOf(severity, "value"),
      score: score !== null && score > 10 ? score / 10 : score,
      version: severity.attributes.type?.endsWith("_v3") ? "3.1" : "2.0",
    });
  });
  const old = toCvss({ vector: tags.get("cvss_base_vector"), score: base, version: "2.0" });
  return firstOfEachVersion(told.length > 0 ? told : [old]);
}

/** `summary=…|insight=…`: a name that begins a part, up to the next. Prose may hold both signs. */
function toTags(text: string): Map<string, string> {
  const tags = new Map<string, string>();
  let name = "";
  for (const part of text.split("|")) {
    const [, key, value] = /^([a-z][a-zA-Z_]{1,30})=(.*)$/s.exec(part) ?? [];
    if (key !== undefined) {
      name = key;
      tags.set(name, (value as string).trim());
    } else if (name !== "") tags.set(name, `${tags.get(name)}|${part}`);
  }
  return tags;
}

/** What stands behind the results: operating system, names, hardware address. */
function toDescribedHost(host: XmlElement, scannedAt: number | null): AssetInput | null {
  const ip = textOf(host, "ip");
  if (ip === "") return null;
  const details = new Map(childrenOf(host, "detail").map((one) => [textOf(one, "name"), textOf(one, "value")]));
  return {
    name: details.get("hostname") || ip,
    ref: ip,
    addresses: [ip, details.get("hostname")],
    macAddresses: [details.get("MAC")],
    operatingSystem: details.get("best_os_txt") ?? null,
    scannedAt,
  };
}
