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
  toCves,
  toCvss,
  toCwes,
  toPort,
  toText,
  toTime,
} from "../kit/index.ts";

/**
 * Nuclei's results, JSON (`-json-export`, an array) and JSON Lines (`-jsonl`). An asset is the host of the address that
 * was matched; an instance its path with the matcher, extractor or parameter that spoke.
 */
export const parseNuclei = jsonScan<null>({
  product: "Nuclei",
  start: () => null,
  records: { "": tellResult, "*": tellResult },
});

function tellResult(value: Json, { out, where }: { out: ScanWriter; where: string }): void {
  const record = asObject(value);
  // Told of targets without a match when asked for with -matcher-status.
  if (record["matcher-status"] === false) return;
  const check = toCheck(record);
  if (check.id === "") out.refuse("nuclei-template-missing", where, "the result names no template; it was left out");
  else out.finding(toAsset(record), check, toPlace(record), where);
}

function toCheck(record: JsonObject): CheckInput {
  const info = asObject(record.info);
  const classes = asObject(info.classification);
  const id = toText(record["template-id"]) || toText(record.templateID);
  const cvss = toCvss({ vector: classes["cvss-metrics"], score: classes["cvss-score"], version: "3.1" });
  return {
    id,
    title: toText(info.name) || id,
    description: [toText(info.description), toText(info.impact)].filter((text) => text !== "").join("\n\n"),
    solution: toText(info.remediation),
    severity: toSeverity(record),
    sourceSeverity: toText(info.severity),
    cveIds: toCves(id, toTexts(classes["cve-id"])),
    cweIds: toCwes(toTexts(classes["cwe-id"])),
    cvss: cvss ? [cvss] : [],
    family: toText(record.type) || null,
    references: toTexts(info.reference),
  };
}

function toSeverity(record: JsonObject): 1 | 2 | 3 | 4 | 5 {
  const info = asObject(record.info);
  const cvss = toCvss({ score: asObject(info.classification)["cvss-score"], version: "3.1" });
  return severityOfWord(info.severity) ?? severityOfScore(cvss?.score ?? null) ?? 1;
}

function toPlace(record: JsonObject): PlaceInput {
  const matched = toText(record["matched-at"]) || toText(record.matched);
  const target = toTarget(record);
  const extracted = toTexts(record["extracted-results"]);
  const parts = ["matcher-name", "extractor-name", "fuzzing_parameter"].map((name) => toText(record[name]));
  const at = toTime(record.timestamp);
  return {
    port: toPort(record.port) ?? target?.port ?? null,
    protocol: record.type === "dns" || record.type === "file" ? null : "tcp",
    instance: [target?.path ?? "", ...parts].filter((part) => part !== "").join(" ") || null,
    evidence: [matched, ...extracted].filter((text) => text !== "").join("\n"),
    severity: toSeverity(record),
    ...(at === null ? {} : { lastSeenAt: at }),
  };
}

function toAsset(record: JsonObject): AssetInput {
  const target = toTarget(record);
  const address = toText(record.ip);
  return { name: target?.host ?? address, addresses: [address], scannedAt: toTime(record.timestamp) };
}

type Target = { host: string; port: number | null; path: string };

/** What was looked at, from the most exact word to the least. */
function toTarget(record: JsonObject): Target | null {
  for (const name of ["matched-at", "matched", "host", "url", "path"]) {
    const target = parseTarget(toText(record[name]));
    if (target) return target;
  }
  return null;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21, ssh: 22 };
const ADDRESS =
  /^(?:([a-z][a-z0-9+.-]{0,20}):\/\/)?(?:[^@/\s]{0,255}@)?(\[[0-9a-f:.]+\]|[^:/?#\s[\]]{1,255})(?::(\d{1,5}))?(\/[^?#\s]*)?(?:[?#]|$)/i;

/** Of a URL (without query, which may hold what was tried), `host:port` or a bare host. */
function parseTarget(text: string): Target | null {
  const match = ADDRESS.exec(text.replace(/^\/(?=https?:)/, ""));
  const host = match?.[2];
  if (!match || host === undefined) return null;
  const scheme = match[1]?.toLowerCase() ?? "";
  const port = toPort(match[3]) ?? (Object.hasOwn(DEFAULT_PORTS, scheme) ? (DEFAULT_PORTS[scheme] ?? null) : null);
  return { host: host.replace(/^\[|\]$/g, ""), port, path: match[4] ?? "" };
}

/** A text, or a list of them: both are written. */
function toTexts(value: Json | undefined): string[] {
  const texts = Array.isArray(value) ? asArray(value).map(toText) : [toText(value)];
  return texts.filter((text) => text !== "");
}
