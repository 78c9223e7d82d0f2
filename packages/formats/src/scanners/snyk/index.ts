import type { Json, JsonObject } from "../../json/index.ts";
import {
  type AssetInput,
  AwaitedAssets,
  anyFix,
  asArray,
  asObject,
  type CheckInput,
  firstOfEachVersion,
  type JsonScanMapping,
  jsonScan,
  type PlaceInput,
  severityOfScore,
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

/** What a project says of itself, behind its vulnerabilities. */
type Project = { projectName?: string; displayTargetFile?: string; targetFile?: string; path?: string };
type State = { assets: AwaitedAssets; projects: Map<string, Project>; lastKey: string };
type Records = JsonScanMapping<State>["records"];

/** What belongs to more projects than this is refused, as their names are not known. */
const MAX_PROJECTS = 100_000;
const MAX_NAME_CHARS = 500;

/** Where a report may hold a project: alone, as one of several, as an application within an image. */
const PROJECTS = ["", "*.", "applications.*.", "*.applications.*."];

/**
 * Snyk's JSON report of `snyk test` and `snyk container test` (`--json`), of one project or several. An asset is a
 * project with its file, as one file is what a run looks at; an instance a package in its version. The paths that bring a
 * package in are told one by one by Snyk and are one finding here.
 */
export const parseSnyk = jsonScan<State>({
  product: "Snyk",
  start: () => ({ assets: new AwaitedAssets(), projects: new Map(), lastKey: "" }),
  records: Object.assign({}, ...PROJECTS.map(toRecords)) as Records,
  end: ({ out, state }) => {
    // More of its name may have stood behind the place where the file broke off.
    if (out.isCutOff) state.projects.delete(state.lastKey);
    for (const [key, project] of state.projects) {
      const asset = toAsset(project);
      if (asset) state.assets.name(key, asset, out);
    }
    state.assets.end(out, () => null);
  },
});

function toRecords(prefix: string): Records {
  const members = ["projectName", "displayTargetFile", "targetFile", "path"] as const;
  return {
    [`${prefix}vulnerabilities.*`]: tellVulnerability,
    [`${prefix}filtered.ignore.*`]: (value, context) =>
      tellVulnerability(value, context, { state: "mitigated", isIgnored: true }),
    [`${prefix}filtered.patch.*`]: (value, context) => tellVulnerability(value, context, { state: "fixed" }),
    [`${prefix}error`]: (value, { out, where }) =>
      out.refuse("snyk-project-not-scanned", where, `the scanner failed here: ${toText(value)}`),
    ...Object.fromEntries(
      members.map((member) => [
        prefix + member,
        (value: Json, { where, state }: { where: string; state: State }) => {
          const key = toKey(where);
          state.lastKey = key;
          const known = state.projects.get(key);
          if (!known && state.projects.size >= MAX_PROJECTS) return;
          state.projects.set(key, { ...known, [member]: toText(value).slice(0, MAX_NAME_CHARS) });
        },
      ]),
    ),
  };
}

/** The project that a place lies in: what stands before the last of the members that are looked at. */
function toKey(where: string): string {
  return where.replace(/\.?(vulnerabilities\[\d+\]|filtered\..*|[A-Za-z]+)$/, "");
}

function toAsset({ projectName = "", displayTargetFile, targetFile, path = "" }: Project): AssetInput | null {
  const file = displayTargetFile || targetFile || "";
  // Of an image the project's name is `docker-image|name`, and the path the name with its tag.
  if (projectName.startsWith("docker-image|") && path !== "" && file === "") return { name: path, isHost: false };
  const name = [projectName || path, file].filter((part) => part !== "").join(":");
  return name === "" ? null : { name, isHost: false };
}

function tellVulnerability(
  value: Json,
  { out, where, state }: Parameters<Records[string]>[1],
  fate: PlaceInput = {},
): void {
  const record = asObject(value);
  const name = toText(record.name) || toText(record.packageName) || toText(record.moduleName);
  if (toText(record.id) === "" || name === "") {
    out.refuse("snyk-record-unreadable", where, "the record names no vulnerability or no package; it was left out");
    return;
  }
  const place = toPlace(record, name);
  state.lastKey = toKey(where);
  state.assets.finding(toKey(where), toCheck(record), { ...place, ...fate }, out, where);
}

function toCheck(record: JsonObject): CheckInput {
  const id = toText(record.id);
  const names = asObject(record.identifiers);
  const isLicense = record.type === "license";
  return {
    id,
    title: toText(record.title) || id,
    description: toText(record.description),
    severity: toSeverity(record),
    sourceSeverity: toText(record.severityWithCritical) || toText(record.severity),
    cveIds: toCves(asArray(names.CVE)),
    aliases: toAliases(id, asArray(names.GHSA), asArray(record.alternativeIds)),
    cweIds: toCwes(asArray(names.CWE)),
    cvss: toScores(record),
    family: toText(record.packageManager) || null,
    references: asArray(record.references).flatMap((reference) => toText(asObject(reference).url) || []),
    publishedAt: toTime(record.publicationTime) ?? toTime(record.disclosureTime),
    isExploitAvailable: toExploit(toText(record.exploit)),
    isPatchAvailable: toFix(record),
    category: isLicense ? "LICENSE" : "VULNERABILITY",
  };
}

function toSeverity(record: JsonObject): 1 | 2 | 3 | 4 | 5 {
  return (
    severityOfWord(record.severityWithCritical) ??
    severityOfWord(record.severity) ??
    severityOfScore(toNumber(record.cvssScore)) ??
    1
  );
}

function toScores(record: JsonObject): NonNullable<CheckInput["cvss"]> {
  const own = toCvss({ vector: record.CVSSv3, score: record.cvssScore, version: "3.1" });
  const sources = asArray(record.cvssSources).map((value) => {
    const source = asObject(value);
    return toCvss({ vector: source.vector, score: source.baseScore });
  });
  return firstOfEachVersion([own, ...sources]);
}

/** `Not Defined`, `Unproven`, `Proof of Concept`, `Functional`, `Mature`, `High`, `Attacked`. */
function toExploit(word: string): boolean | null {
  if (/^(proof of concept|functional|mature|high|attacked)$/i.test(word)) return true;
  return /^(unproven|no known exploit)$/i.test(word) ? false : null;
}

/** A version without the weakness, an upgrade of what brings it in, or one of Snyk's own patches. */
function toFix(record: JsonObject): boolean | null {
  const { fixedIn, isUpgradable, isPatchable } = record;
  if (asArray(fixedIn).length > 0 || toText(record.nearestFixedInVersion) !== "") return true;
  return anyFix(...[isUpgradable, isPatchable].map((word) => (typeof word === "boolean" ? word : null)));
}

function toPlace(record: JsonObject, name: string): PlaceInput {
  const version = toText(record.version);
  const fixes = asArray(record.fixedIn).map(toText).join(", ");
  const path = asArray(record.from).map(toText).join(" > ");
  return {
    instance: toComponent(name, version),
    severity: toSeverity(record),
    ...(version === "" ? {} : { productVersion: version }),
    evidence: [`${name} ${version}`.trim() + (fixes === "" ? "" : `, fixed in ${fixes}`), path]
      .filter((text) => text !== "")
      .join("\n"),
  };
}
