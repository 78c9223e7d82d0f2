import type { Severity } from "../../records.ts";
import {
  type AssetInput,
  type CheckInput,
  type CsvRow,
  csvScan,
  firstOfEachVersion,
  type PlaceInput,
  RowFindings,
  severityOfWord,
  toCves,
  toCvss,
  toCwes,
  toPort,
  toTime,
} from "../kit/index.ts";

export function isNessusCsvHeader(columns: readonly string[]): boolean {
  return ["plugin id", "risk", "host", "name", "plugin output"].every((name) => columns.includes(name));
}

/**
 * The CSV export of Nessus: the XML report's findings with a row for each CVE, and without what identifies a host beyond
 * its address or name, and without a time. That of the vendor's other products has the same columns, and these besides.
 */
export const parseNessusCsv = csvScan<RowFindings>({
  product: "Nessus",
  isHeader: isNessusCsvHeader,
  start: () => new RowFindings(),
  row: (row, { out, where, state }) => {
    const host = row.host ?? "";
    if (!/^\d{1,12}$/.test(row["plugin id"] ?? "")) {
      out.refuse("plugin-id-invalid", where, "the row has no plugin id that is a number; it was left out");
      return;
    }
    if (host === "") {
      out.refuse("asset-missing", where, "the row does not name its host; it was left out");
      return;
    }
    const port = toPort(row.port);
    const protocol = (row.protocol ?? "").toLowerCase();
    const isTransport = protocol === "tcp" || protocol === "udp";
    // Port 0 is the host as a whole, where tcp and udp say nothing; as in the XML report.
    const place = {
      port,
      protocol: port === null && isTransport ? null : protocol,
      evidence: row["plugin output"] ?? "",
      ...toTimes(row),
    };
    state.add(toAsset(row, host), toCheck(row), place, out, where);
  },
  rest: ({ out, state }) => state.tell(out),
});

function toAsset(row: CsvRow, host: string): AssetInput {
  return {
    name: host,
    addresses: [row["ip address"], row.fqdn, row["netbios name"] ?? row.netbios].map((text) =>
      text?.replace(/^.*\\/, ""),
    ),
    macAddresses: (row["mac address"] ?? "").split(/[\s,;]+/),
    operatingSystem: row.os ?? null,
  };
}

function toTimes(row: CsvRow): Pick<PlaceInput, "firstSeenAt" | "lastSeenAt"> {
  const [first, last] = [toTime(row["first found"]), toTime(row["last found"])];
  return { ...(first === null ? {} : { firstSeenAt: first }), ...(last === null ? {} : { lastSeenAt: last }) };
}

/** The same as the XML report's 0 to 4: none, low, medium, high, critical. */
function toSeverity(row: CsvRow): Severity {
  return severityOfWord(row.risk) ?? severityOfWord(row["risk factor"]) ?? 1;
}

function toCheck(row: CsvRow): CheckInput {
  const xrefs = toList(row.xref);
  const exploits = [row.metasploit, row["core impact"], row.canvas].some((text) => /^true$/i.test(text ?? ""));
  const patchPublishedAt = toTime(row["patch publication date"]);
  return {
    id: row["plugin id"] as string,
    title: row.name ?? "",
    description: row.description || (row.synopsis ?? ""),
    solution: row.solution ?? "",
    severity: toSeverity(row),
    sourceSeverity: row.risk ?? "",
    cveIds: toCves(row.cve),
    cweIds: toCwes(xrefs.filter((text) => /^CWE[:-]/i.test(text)).map((text) => text.slice(4))),
    cvss: firstOfEachVersion([
      toCvss({
        score: row["cvss v2.0 base score"] || row["cvss base score"] || row.cvss,
        vector: row["cvss vector"],
        version: "2.0",
      }),
      toCvss({
        score: row["cvss v3.0 base score"] || row["cvss3 base score"],
        vector: row["cvss3 vector"],
        version: "3.0",
      }),
      toCvss({ score: row["cvss v4.0 base score"], version: "4.0" }),
    ]),
    publishedAt: toTime(row["plugin publication date"]),
    patchPublishedAt,
    isPatchAvailable: patchPublishedAt === null ? null : true,
    isExploitAvailable: exploits ? true : null,
    references: [
      ...(row["see also"] ?? "").split("\n").filter((line) => line.trim() !== ""),
      ...toList(row.bid).map((id) => `BID:${id}`),
      ...xrefs.filter((text) => !/^CWE[:-]/i.test(text)),
    ],
  };
}

function toList(text: string | undefined): string[] {
  return (text ?? "").split(";").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
}
