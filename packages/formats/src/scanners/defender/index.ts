import type { Json, JsonObject } from "../../json/index.ts";
import {
  type AssetInput,
  asArray,
  asObject,
  type CheckInput,
  jsonScan,
  type PlaceInput,
  type ScanWriter,
  severityOfScore,
  severityOfWord,
  toComponent,
  toCves,
  toCvss,
  toText,
  toTime,
} from "../kit/index.ts";

/**
 * Microsoft Defender's vulnerabilities by machine: the API's answer (an OData `value` array), the export by device, and
 * the export's files (one record a line). An asset is the machine by its id; an instance the software in its version.
 */
function tellRecord(value: Json, { out, where }: { out: ScanWriter; where: string }): void {
  const record = asObject(value);
  const check = toCheck(record);
  if (check.id === "") {
    out.refuse("defender-record-unreadable", where, "the record names no vulnerability; it was left out");
    return;
  }
  out.finding(toAsset(record), check, toPlace(record), where);
}

/** The API's answer, or its bare array. */
export const parseDefender = jsonScan<null>({
  product: "Microsoft Defender",
  start: () => null,
  records: {
    "value.*": tellRecord,
    "*": tellRecord,
    "@odata\\.nextLink": (value, { out, where }) => {
      if (toText(value) === "") return;
      out.isComplete = false;
      out.warn("defender-page", where, "the file is one page of several; nothing is closed that it does not name");
    },
  },
});

/** One record a line. */
export const parseDefenderLines = jsonScan<null>({
  product: "Microsoft Defender",
  start: () => null,
  records: { "": tellRecord },
});

function toAsset(record: JsonObject): AssetInput {
  const id = toText(record.machineId) || toText(record.deviceId);
  const name = toText(record.deviceName) || toText(record.computerDnsName);
  const version = [toText(record.osPlatform), toText(record.osVersion)].filter((part) => part !== "").join(" ");
  return {
    name: name || id,
    // The id is none of the network's names.
    ...(name === "" ? { isHost: false as const } : {}),
    ...(id === "" ? {} : { ref: id, identifiers: [{ kind: "agent-id" as const, value: id }] }),
    operatingSystem: version || null,
  };
}

function toCheck(record: JsonObject): CheckInput {
  const id = toText(record.cveId);
  const score = toCvss({ score: record.cvssScore, version: "3.1" });
  return {
    id,
    title: id,
    severity: toSeverity(record),
    sourceSeverity: toText(record.severity) || toText(record.vulnerabilitySeverityLevel),
    cveIds: toCves(id),
    cvss: score ? [score] : [],
    isExploitAvailable: toExploit(toText(record.exploitabilityLevel)),
    isPatchAvailable: toUpdate(record) !== "" ? true : toFlag(record.securityUpdateAvailable),
    category: "VULNERABILITY",
  };
}

function toPlace(record: JsonObject): PlaceInput {
  const [vendor = "", name = "", version = ""] = ["Vendor", "Name", "Version"].map(
    (part) => toText(record[`product${part}`]) || toText(record[`software${part}`]),
  );
  const update = toUpdate(record);
  const paths = [...asArray(record.diskPaths), ...asArray(record.registryPaths)].map(toText);
  const first = toTime(record.firstSeenTimestamp);
  const last = toTime(record.lastSeenTimestamp);
  const about = [vendor, name, version].filter((part) => part !== "").join(" ");
  return {
    instance: name === "" ? null : toComponent(name, version),
    evidence: [about + (update === "" ? "" : `, fixed by ${update}`), ...paths].join("\n"),
    severity: toSeverity(record),
    ...(version === "" ? {} : { productVersion: version }),
    ...(first === null ? {} : { firstSeenAt: first }),
    ...(last === null ? {} : { lastSeenAt: last }),
  };
}

/** The update that brings the fix, by its name or number. */
function toUpdate(record: JsonObject): string {
  const names = [record.fixingKbId, record.recommendedSecurityUpdateId, record.recommendedSecurityUpdate].map(toText);
  return names.find((name) => name !== "") ?? "";
}

function toFlag(value: Json | undefined): boolean | null {
  return typeof value === "boolean" ? value : null;
}

function toSeverity(record: JsonObject): 1 | 2 | 3 | 4 | 5 {
  const score = toCvss({ score: record.cvssScore, version: "3.1" })?.score ?? null;
  return (
    severityOfWord(record.severity) ?? severityOfWord(record.vulnerabilitySeverityLevel) ?? severityOfScore(score) ?? 1
  );
}

/** `NoExploit`, `ExploitIsPublic`, `ExploitIsVerified`, `ExploitIsInKit`. */
function toExploit(level: string): boolean | null {
  if (level === "NoExploit") return false;
  return level.startsWith("ExploitIs") ? true : null;
}
