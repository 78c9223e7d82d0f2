import type { JsonObject } from "../../json/index.ts";
import type { CvssScore, FindingCategory, Severity } from "../../records.ts";
import {
  type AssetInput,
  asArray,
  asObject,
  type CheckInput,
  firstOfEachVersion,
  type PlaceInput,
  severityOfWord,
  toAliases,
  toCloudIdentifiers,
  toComponent,
  toCves,
  toCvss,
  toNumber,
  toText,
  toTime,
} from "../kit/index.ts";

export type Detail = { check: CheckInput; place: PlaceInput };

export function toAsset(resource: JsonObject): AssetInput {
  const id = toText(resource.Id);
  const instance = asObject(asObject(resource.Details).AwsEc2Instance);
  const addresses = [...asArray(instance.IpV4Addresses), ...asArray(instance.IpV6Addresses)].map(toText);
  const isOfAws = toText(resource.Type).startsWith("Aws") || toText(resource.Partition).startsWith("aws");
  const cloudProvider = isOfAws ? "AWS" : undefined;
  return { name: id, isHost: false, addresses, identifiers: toCloudIdentifiers(id), cloudProvider };
}

/** A finding for each vulnerable package, or the one that there is. */
export function toDetails(record: JsonObject): Detail[] {
  const place = toPlace(record);
  const details = asArray(record.Vulnerabilities).flatMap((value) => {
    const vulnerability = asObject(value);
    const check = toVulnerabilityCheck(record, vulnerability);
    const packages = asArray(vulnerability.VulnerablePackages).map(asObject);
    if (packages.length === 0) return [{ check, place }];
    return packages.map((software) => ({ check, place: { ...place, ...toPackagePlace(software) } }));
  });
  return details.length > 0 ? details : [{ check: toControlCheck(record), place }];
}

function toVulnerabilityCheck(record: JsonObject, vulnerability: JsonObject): CheckInput {
  const id = toText(vulnerability.Id);
  const cvss = asArray(vulnerability.Cvss).map((value) => {
    const { BaseVector, BaseScore, Version } = asObject(value);
    return toCvss({ vector: BaseVector, score: BaseScore, version: toText(Version) as CvssScore["version"] });
  });
  const related = asArray(vulnerability.RelatedVulnerabilities);
  const links = [asObject(vulnerability.Vendor).Url, ...asArray(vulnerability.ReferenceUrls)].map(toText);
  return {
    id: id || toGenerator(record),
    title: id || toText(record.Title),
    description: toText(record.Description),
    severity: toSeverity(record),
    sourceSeverity: toText(asObject(record.Severity).Label),
    cveIds: toCves(id, related),
    aliases: toAliases(id, related),
    cvss: firstOfEachVersion(cvss),
    references: links.filter((url) => url !== ""),
    isExploitAvailable: toFlag(vulnerability.ExploitAvailable),
    isPatchAvailable: toFix(vulnerability),
    publishedAt: toTime(asObject(vulnerability.Vendor).VendorCreatedAt),
    category: "VULNERABILITY",
  };
}

/** A control, a detection of a threat, or anything else without a vulnerability. */
function toControlCheck(record: JsonObject): CheckInput {
  const { Text, Url } = asObject(asObject(record.Remediation).Recommendation);
  const type = toText(asArray(record.Types)[0]);
  const id = toGenerator(record);
  // The titles of threats name what was threatened.
  const isThreat = id === type;
  const category = toCategory(record, type);
  return {
    id,
    title: isThreat ? type.slice(type.lastIndexOf("/") + 1) : toText(record.Title) || id,
    solution: toText(Text),
    severity: toSeverity(record),
    sourceSeverity: toText(asObject(record.Severity).Label),
    cveIds: toCves(id, isThreat ? "" : toText(record.Title)),
    references: [toText(Url)].filter((url) => url !== ""),
    family: type || null,
    ...(category ? { category } : {}),
  };
}

/** The id of a check. A detector's ARN is the generator of all that it detects; there the type tells them apart. */
function toGenerator(record: JsonObject): string {
  const control = toText(asObject(record.Compliance).SecurityControlId);
  const generator = toText(record.GeneratorId);
  const isDetector = generator.startsWith("arn:") && generator.includes(":detector/");
  return control || (isDetector || generator === "" ? toText(asArray(record.Types)[0]) : generator);
}

function toCategory(record: JsonObject, type: string): FindingCategory | null {
  if (type.startsWith("Software and Configuration Checks/Vulnerabilities")) return "VULNERABILITY";
  if (type.startsWith("Software and Configuration Checks") || toText(asObject(record.Compliance).Status) !== "")
    return "MISCONFIGURATION";
  return /malware|ransomware|trojan|backdoor|cryptocurrency/i.test(type) || asArray(record.Malware).length > 0
    ? "MALWARE"
    : null;
}

function toPlace(record: JsonObject): PlaceInput {
  const first = toTime(record.FirstObservedAt) ?? toTime(record.CreatedAt);
  const last = toTime(record.LastObservedAt) ?? toTime(record.UpdatedAt);
  const state = toState(record);
  return {
    evidence: toText(record.Description),
    severity: toSeverity(record),
    ...(first === null ? {} : { firstSeenAt: first }),
    ...(last === null ? {} : { lastSeenAt: last }),
    ...(state ? { state } : {}),
    ...(state === "mitigated" ? { isIgnored: true } : {}),
  };
}

function toPackagePlace(software: JsonObject): PlaceInput {
  const name = toText(software.Name);
  const version = [toText(software.Version), toText(software.Release)].filter((part) => part !== "").join("-");
  const fixed = toFixedVersion(software);
  const path = toText(software.FilePath);
  const about = `${name} ${version}`.trim() + (fixed === "" ? "" : `, fixed in ${fixed}`);
  return {
    instance: name === "" ? null : [toComponent(name, version), path].filter((part) => part !== "").join(" "),
    ...(version === "" ? {} : { productVersion: version }),
    evidence: [about, path].filter((text) => text !== "").join("\n"),
  };
}

function toState(record: JsonObject): PlaceInput["state"] {
  const status = toText(asObject(record.Workflow).Status);
  if (record.RecordState === "ARCHIVED" || status === "RESOLVED") return "fixed";
  return status === "SUPPRESSED" ? "mitigated" : undefined;
}

/** The label, else the number from 0 to 100 by its bands: 0, 1 to 39, 40 to 69, 70 to 89, 90 and more. */
function toSeverity(record: JsonObject): Severity {
  const { Label, Normalized } = asObject(record.Severity);
  const known = severityOfWord(Label);
  if (known !== null) return known;
  const number = toNumber(Normalized) ?? 0;
  if (number >= 90) return 5;
  if (number >= 70) return 4;
  if (number >= 40) return 3;
  return number >= 1 ? 2 : 1;
}

/** A package's version without the weakness, or the word for all packages, of which `PARTIAL` has a fix for some. */
function toFix(vulnerability: JsonObject): boolean | null {
  const isNamed = asArray(vulnerability.VulnerablePackages).some(
    (software) => toFixedVersion(asObject(software)) !== "",
  );
  return isNamed || vulnerability.FixAvailable === "PARTIAL" ? true : toFlag(vulnerability.FixAvailable);
}

function toFixedVersion(software: JsonObject): string {
  const version = toText(software.FixedInVersion);
  return /^(not ?available|none|n\/a)$/i.test(version) ? "" : version;
}

function toFlag(value: unknown): boolean | null {
  return value === "YES" ? true : value === "NO" ? false : null;
}
