import {
  type AssetInput,
  type CheckInput,
  type CsvRow,
  csvScan,
  type PlaceInput,
  RowFindings,
  severityOfWord,
  toCloudIdentifiers,
  toCves,
  toTime,
} from "../kit/index.ts";

export function isWizHeader(columns: readonly string[]): boolean {
  return ["issue id", "control id", "resource external id", "status"].every((name) => columns.includes(name));
}

/** The CSV of Wiz' issues: what a control found wrong with a resource of a cloud or cluster. */
export const parseWiz = csvScan<RowFindings>({
  product: "Wiz",
  isHeader: isWizHeader,
  start: () => new RowFindings(),
  row: (row, { out, where, state }) => state.add(toResource(row), toCheck(row), toPlace(row), out, where),
  rest: ({ out, state }) => state.tell(out),
});

/** The provider's id names one resource in the world; the name shown is not unique. */
function toResource(row: CsvRow): AssetInput {
  const id = row["resource external id"] || row["resource vertex id"] || "";
  const known = toCloudIdentifiers(id);
  return {
    name: row["resource name"] || id,
    ref: id || (row["resource name"] ?? ""),
    isHost: false,
    operatingSystem: row["resource os"] ?? null,
    cloudProvider: row["resource platform"],
    identifiers: known.length > 0 || id === "" ? known : [{ kind: "cloud-instance-id", value: id }],
  };
}

function toCheck(row: CsvRow): CheckInput {
  const title = row.title ?? "";
  const cveIds = toCves(title);
  return {
    id: row["control id"] ?? "",
    title,
    description: row.description ?? "",
    solution: row["remediation recommendation"] ?? "",
    severity: severityOfWord(row.severity) ?? 1,
    sourceSeverity: row.severity ?? "",
    cveIds,
    category: cveIds.length > 0 ? "VULNERABILITY" : "MISCONFIGURATION",
  };
}

const STATES: ReadonlyMap<string, "fixed" | "mitigated"> = new Map([
  ["RESOLVED", "fixed"],
  ["REJECTED", "mitigated"],
  ["IGNORED", "mitigated"],
]);

function toPlace(row: CsvRow): PlaceInput {
  const state = STATES.get((row.status ?? "").toUpperCase());
  const severity = severityOfWord(row.severity);
  const firstSeenAt = toTime(row["created at"]);
  const fixedAt = toTime(row["resolved time"]);
  const told = [
    ["Resource", [row["resource type"], row["resource external id"]].filter((text) => text).join(" ")],
    ["Subscription", row["subscription name"] || row["subscription id"]],
    ["Cluster", [row["kubernetes cluster"], row["kubernetes namespace"]].filter((text) => text).join(", ")],
    ["Note", row.note],
    ["Issue", row["wiz url"] || row["issue id"]],
  ];
  return {
    evidence: told.flatMap(([name, text]) => (text ? [`${name}: ${text}`] : [])).join("\n"),
    ...(severity === null ? {} : { severity }),
    ...(state ? { state } : {}),
    ...(state === "mitigated" ? { isIgnored: true } : {}),
    ...(firstSeenAt === null ? {} : { firstSeenAt }),
    ...(fixedAt === null ? {} : { fixedAt }),
  };
}
