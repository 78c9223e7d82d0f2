import type { Json, JsonObject } from "../../json/index.ts";
import type { CheckRecord } from "../../records.ts";
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

/** One thing that Trivy found: what, and where on the artifact. */
export type Detail = { check: CheckInput; place: PlaceInput; isPassed?: boolean };

/** States in which no version without the weakness can be had. */
const NO_FIX: ReadonlySet<string> = new Set(["affected", "will_not_fix", "fix_deferred", "end_of_life"]);

/** A known vulnerability in a package. A fix is a `FixedVersion`. */
export function toVulnerability(value: Json): Detail | null {
  const record = asObject(value);
  const id = toText(record.VulnerabilityID);
  const name = toText(record.PkgName);
  if (id === "" || name === "") return null;
  const version = toText(record.InstalledVersion);
  const fixed = toText(record.FixedVersion);
  const path = toText(record.PkgPath);
  const severity = severityOfWord(record.Severity) ?? 1;
  const status = toText(record.Status);
  // `fixed` says that a fix can be had, not that it is there.
  const isMitigated = status === "not_affected";
  return {
    check: {
      id,
      title: toText(record.Title).replace(`${name}: `, "") || id,
      description: toText(record.Description),
      severity,
      sourceSeverity: toText(record.Severity),
      cveIds: toCves(id),
      aliases: toAliases(id, asArray(record.VendorIDs)),
      cweIds: toCwes(asArray(record.CweIDs)),
      cvss: toScores(asObject(record.CVSS)),
      references: [toText(record.PrimaryURL), ...asArray(record.References).map(toText)].filter((url) => url !== ""),
      publishedAt: toTime(record.PublishedDate),
      isPatchAvailable: fixed !== "" || status === "fixed" ? true : NO_FIX.has(status) ? false : null,
      category: "VULNERABILITY",
    },
    place: {
      instance: [toComponent(name, version), path].filter((part) => part !== "").join(" "),
      evidence: [`${name} ${version}`.trim(), fixed === "" ? "" : `fixed in ${fixed}`].filter(Boolean).join(", "),
      severity,
      ...(version === "" ? {} : { productVersion: version }),
      ...(isMitigated ? { state: "mitigated" as const } : {}),
    },
  };
}

/** A rule of a configuration that is broken; `Status` PASS is no finding. */
export function toMisconfiguration(value: Json, target: string): Detail | null {
  const record = asObject(value);
  const id = toText(record.AVDID) || toText(record.ID);
  if (id === "") return null;
  const severity = severityOfWord(record.Severity) ?? 1;
  return {
    check: {
      id,
      title: toText(record.Title) || id,
      description: toText(record.Description),
      solution: toText(record.Resolution),
      severity,
      sourceSeverity: toText(record.Severity),
      references: asArray(record.References).map(toText),
      family: toText(record.Type) || null,
      category: "MISCONFIGURATION",
    },
    place: {
      instance: [target, toCause(asObject(record.CauseMetadata))].filter((part) => part !== "").join(" "),
      evidence: toText(record.Message),
      severity,
    },
    isPassed: /^(PASS|EXCEPTION)$/i.test(toText(record.Status)),
  };
}

/**
 * What tells two failures of one rule in one file apart: the resource, else the lines, as rules for containers name no
 * resource. Never the message, which is prose that the next version of the scanner words otherwise.
 */
function toCause({ Resource, StartLine, EndLine }: JsonObject): string {
  const first = toNumber(StartLine) ?? 0;
  const last = toNumber(EndLine) ?? first;
  return toText(Resource ?? null) || (first > 0 ? `${first}-${last}` : "");
}

/** A secret in a file; the match is masked by Trivy. Lines move, so the place is the file and the rule. */
export function toSecret(value: Json, target: string): Detail | null {
  const record = asObject(value);
  const id = toText(record.RuleID);
  if (id === "") return null;
  const severity = severityOfWord(record.Severity) ?? 1;
  return {
    check: {
      id,
      title: toText(record.Title) || id,
      severity,
      sourceSeverity: toText(record.Severity),
      family: toText(record.Category) || null,
      category: "SECRET",
    },
    place: { instance: target, evidence: `line ${toText(record.StartLine)}: ${toText(record.Match)}`, severity },
  };
}

/** A licence that the policy of the scan rates. */
export function toLicense(value: Json, target: string): Detail | null {
  const record = asObject(value);
  const name = toText(record.Name);
  const component = toText(record.PkgName) || toText(record.FilePath) || target;
  if (name === "" || component === "") return null;
  const severity = severityOfWord(record.Severity) ?? 1;
  return {
    check: {
      id: `license:${name}`.slice(0, 500),
      title: `Licence ${name}`,
      severity,
      sourceSeverity: toText(record.Severity),
      references: [toText(record.Link)].filter((url) => url !== ""),
      family: toText(record.Category) || null,
      category: "LICENSE",
    },
    place: { instance: component, severity },
  };
}

/** `{ nvd: { V2Vector, V2Score, V3Vector, V3Score, V40Score }, ghsa: … }`: NVD's word first, then in order of name. */
function toScores(sources: JsonObject): CheckRecord["cvss"] {
  const names = Object.keys(sources).sort((a, b) => (a === "nvd" ? -1 : b === "nvd" ? 1 : a < b ? -1 : 1));
  const scores = names.flatMap((name) => {
    const source = asObject(sources[name]);
    return [
      toCvss({ vector: source.V40Vector, score: source.V40Score, version: "4.0" }),
      toCvss({ vector: source.V3Vector, score: source.V3Score, version: "3.0" }),
      toCvss({ vector: source.V2Vector, score: source.V2Score, version: "2.0" }),
    ];
  });
  return firstOfEachVersion(scores);
}
