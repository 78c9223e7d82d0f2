import type { Json, JsonObject } from "../../json/index.ts";
import type { CvssScore, FindingCategory, Severity } from "../../records.ts";
import {
  asArray,
  asObject,
  type CheckInput,
  firstOfEachVersion,
  type PlaceInput,
  severityOfWord,
  toAliases,
  toComponent,
  toCves,
  toCvss,
  toCwes,
  toNumber,
  toText,
  toTime,
} from "../kit/index.ts";

export type Detail = { check: CheckInput; place: PlaceInput };

/** A finding for each vulnerable package of each vulnerability, or the one that the event is. */
export function toDetails(event: JsonObject): Detail[] {
  const place = toPlace(event);
  const details = asArray(event.vulnerabilities).flatMap((value) => {
    const vulnerability = asObject(value);
    const check = toVulnerabilityCheck(event, vulnerability);
    const software = [...asArray(vulnerability.affected_packages), ...asArray(vulnerability.packages)].map(asObject);
    const own = { ...place, severity: severityOfWord(vulnerability.severity) ?? place.severity ?? 1 };
    if (software.length === 0) return [{ check, place: own }];
    return software.map((one) => ({ check, place: { ...own, ...toPackagePlace(one) } }));
  });
  return details.length > 0 ? details : [{ check: toControlCheck(event), place }];
}

function toVulnerabilityCheck(event: JsonObject, vulnerability: JsonObject): CheckInput {
  const cve = asObject(vulnerability.cve);
  const advisory = toText(asObject(vulnerability.advisory).uid);
  const id = toText(cve.uid) || advisory || toText(vulnerability.vendor_uid) || toControl(event);
  const cwes = [cve.cwe, vulnerability.cwe, ...asArray(cve.related_cwes)].map((cwe) => toText(asObject(cwe).uid));
  const solution = toText(asObject(vulnerability.remediation).desc) || toText(asObject(event.remediation).desc);
  return {
    id,
    title: toText(cve.title) || toText(vulnerability.title) || id,
    description: toText(cve.desc) || toText(vulnerability.desc),
    solution,
    severity: severityOfWord(vulnerability.severity) ?? toSeverity(event),
    sourceSeverity: toText(vulnerability.severity) || toText(event.severity),
    cveIds: toCves(id),
    aliases: toAliases(id, advisory),
    cweIds: toCwes(cwes, toText(cve.cwe_uid)),
    cvss: firstOfEachVersion(asArray(cve.cvss).map(toScore)),
    references: asArray(vulnerability.references).map(toText),
    publishedAt: toTime(toNumber(cve.created_time)),
    isExploitAvailable: toFlag(vulnerability.is_exploit_available),
    isPatchAvailable: toFix(vulnerability),
    category: "VULNERABILITY",
  };
}

function toScore(value: Json): CvssScore | null {
  const { vector_string, base_score, version } = asObject(value);
  return toCvss({ vector: vector_string, score: base_score, version: toText(version) as CvssScore["version"] });
}

/** A control of a standard, or whatever a detection detects. */
function toControlCheck(event: JsonObject): CheckInput {
  const info = asObject(event.finding_info ?? event.finding);
  const remediation = asObject(event.remediation);
  const id = toControl(event);
  return {
    id,
    title: toText(info.title) || id,
    description: [toText(info.desc), toText(event.risk_details)].filter((text) => text !== "").join("\n\n"),
    solution: toText(remediation.desc),
    severity: toSeverity(event),
    sourceSeverity: toText(event.severity),
    cveIds: toCves(id),
    references: asArray(remediation.references).map(toText),
    family: toText(asObject(asObject(event.metadata).product).name) || null,
    ...toCategory(event),
  };
}

/** The id of a check, as exactly as the event tells it: its own `uid` is another for every resource. */
function toControl(event: JsonObject): string {
  const info = asObject(event.finding_info ?? event.finding);
  const analytic = asObject(info.analytic);
  return (
    toText(asObject(event.metadata).event_code) ||
    toText(asObject(event.compliance).control) ||
    toText(analytic.uid) ||
    toText(analytic.name) ||
    toText(asArray(info.types)[0] ?? null) ||
    toText(info.title)
  );
}

function toCategory(event: JsonObject): { category?: FindingCategory } {
  if (/^manual$/i.test(toText(event.status_code))) return { category: "INFORMATION" };
  if (asArray(event.malware).length > 0) return { category: "MALWARE" };
  const isControl = event.class_uid === 2003 || /^fail(ed)?$/i.test(toText(event.status_code));
  return isControl ? { category: "MISCONFIGURATION" } : {};
}

function toPlace(event: JsonObject): PlaceInput {
  const info = asObject(event.finding_info ?? event.finding);
  const first = toTime(toNumber(info.first_seen_time)) ?? toTime(toNumber(info.created_time));
  const last = toTime(toNumber(info.last_seen_time)) ?? toTime(toNumber(event.time));
  const state = toState(event);
  return {
    evidence: toText(event.status_detail) || toText(event.message),
    severity: toSeverity(event),
    ...(first === null ? {} : { firstSeenAt: first }),
    ...(last === null ? {} : { lastSeenAt: last }),
    ...(state ? { state } : {}),
    ...(state === "mitigated" ? { isIgnored: true } : {}),
  };
}

function toPackagePlace(software: JsonObject): PlaceInput {
  const name = toText(software.name);
  const version = [toText(software.version), toText(software.release)].filter((part) => part !== "").join("-");
  const fixed = toText(software.fixed_in_version);
  const path = toText(software.path);
  return {
    instance: name === "" ? null : [toComponent(name, version), path].filter((part) => part !== "").join(" "),
    ...(version === "" ? {} : { productVersion: version }),
    evidence: `${name} ${version}`.trim() + (fixed === "" ? "" : `, fixed in ${fixed}`),
  };
}

/** By `status_id`: 3 suppressed, 4 resolved, 5 archived; or activity 3, closed. */
function toState(event: JsonObject): PlaceInput["state"] {
  const status = toNumber(event.status_id);
  if (status === 4 || status === 5 || toNumber(event.activity_id) === 3) return "fixed";
  return status === 3 ? "mitigated" : undefined;
}

/** `severity_id` 1 informational to 5 critical, 6 fatal; others by their word. */
function toSeverity(event: JsonObject): Severity {
  const id = toNumber(event.severity_id);
  if (id !== null && Number.isInteger(id) && id >= 1 && id <= 6) return Math.min(id, 5) as Severity;
  return severityOfWord(event.severity) ?? 1;
}

/** A package's version without the weakness, `fix_coverage_id` (1 complete, 2 partial, 3 none), or the older flags. */
function toFix(vulnerability: JsonObject): boolean | null {
  const { affected_packages, packages, fix_coverage_id: coverage } = vulnerability;
  const software = [...asArray(affected_packages), ...asArray(packages)].map(asObject);
  if (software.some((one) => toText(one.fixed_in_version) !== "") || coverage === 1 || coverage === 2) return true;
  return coverage === 3 ? false : toFlag(vulnerability.is_fix_available ?? vulnerability.fix_available);
}

function toFlag(value: Json | undefined): boolean | null {
  return typeof value === "boolean" ? value : null;
}
