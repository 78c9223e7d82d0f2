import type { Json, JsonObject } from "../../json/index.ts";
import {
  AwaitedAssets,
  asArray,
  asObject,
  type CheckInput,
  firstOfEachVersion,
  jsonScan,
  type PlaceInput,
  type ScanWriter,
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

/**
 * OSV-Scanner's JSON report (`--format json`): an asset is a source, which is a lock file, SBOM or folder; an instance a
 * package in its version. One weakness may stand under several ids (GHSA, PYSEC, CVE): each is a check of its own, and
 * their CVE brings them together.
 */
export const parseOsv = jsonScan<{ assets: AwaitedAssets; hasResults: boolean }>({
  product: "OSV-Scanner",
  start: () => ({ assets: new AwaitedAssets(), hasResults: false }),
  records: {
    "results.*.source": (value, { out, where, state }) => {
      state.hasResults = true;
      const path = toText(asObject(value).path);
      if (path !== "") state.assets.name(toKey(where), { name: path, isHost: false }, out);
    },
    "results.*.packages.*": (value, { out, where, state }) => tellPackage(asObject(value), state.assets, out, where),
  },
  end: ({ out, state }) => {
    state.assets.end(out, () => null);
    if (!state.hasResults && !out.isCutOff) out.warn("osv-without-sources", "whole file", CLEAN);
  },
  // A package with all its advisories in full: those of a kernel are many.
  limits: { maxRecordBytes: 33_554_432 },
});

const CLEAN =
  "the report names no source, as one without findings does: nothing was imported, and nothing closes, for it does not say what was looked at";

/** The result that a place lies in. */
function toKey(where: string): string {
  return where.slice(0, where.indexOf("]") + 1);
}

function tellPackage(value: JsonObject, assets: AwaitedAssets, out: ScanWriter, where: string): void {
  const software = asObject(value.package);
  const name = toText(software.name);
  const version = toText(software.version) || toText(software.commit);
  if (name === "" && version === "") {
    out.refuse("osv-package-unnamed", where, "the record names no package; its vulnerabilities were left out");
    return;
  }
  const groups = asArray(value.groups).map(asObject);
  const advisories = asArray(value.vulnerabilities).map(asObject);
  const scored = new Set(advisories.flatMap(({ id, severity }) => (asArray(severity).length > 0 ? toText(id) : [])));
  for (const [index, advisory] of advisories.entries()) {
    const place = `${where}.vulnerabilities[${index}]`;
    const group = groups.find(({ ids }) => asArray(ids).includes(toText(advisory.id)));
    const isLoneScore = asArray(group?.ids).filter((id) => scored.has(toText(id))).length === 1;
    const check = toCheck(advisory, toNumber(group?.max_severity), isLoneScore);
    assets.finding(toKey(where), check, toPlace(advisory, check, name, version), out, place);
  }
  for (const [index, licence] of asArray(value.license_violations).entries()) {
    const check = toLicenseCheck(toText(licence));
    assets.finding(
      toKey(where),
      check,
      { instance: toComponent(name, version) },
      out,
      `${where}.license_violations[${index}]`,
    );
  }
}

/**
 * @param groupScore the highest of all names of the weakness, for an advisory that has none of its own
 * @param isLoneScore one name alone has vectors, so that the group's score is of theirs
 */
function toCheck(advisory: JsonObject, groupScore: number | null, isLoneScore: boolean): CheckInput {
  const details = asObject(advisory.database_specific);
  const id = toText(advisory.id);
  const aliases = [...asArray(advisory.aliases), ...asArray(advisory.upstream)];
  const ratings = asArray(advisory.severity).map((rating) => asObject(rating).score);
  const told = firstOfEachVersion(ratings.map((vector) => toCvss({ vector })));
  const [only] = told;
  // Of versions whose score is not calculated here the scanner tells it with the group.
  const cvss = isLoneScore && told.length === 1 && only?.score === null ? [{ ...only, score: groupScore }] : told;
  // Ubuntu rates by words, where others have a vector.
  const word = details.severity ?? ratings.find((rating) => severityOfWord(rating) !== null);
  const hasFix = asArray(advisory.affected).some((affected) => fixesOf(affected).length > 0);
  return {
    id,
    title: toText(advisory.summary) || id,
    description: toText(advisory.details),
    severity: isMalware(id) ? 5 : (severityOfWord(word) ?? severityOfScore(bestScore(cvss) ?? groupScore) ?? 1),
    sourceSeverity: toText(word),
    cveIds: toCves(id, aliases),
    aliases: toAliases(id, aliases),
    cweIds: toCwes(asArray(details.cwe_ids)),
    cvss,
    references: asArray(advisory.references).flatMap((reference) => toText(asObject(reference).url) || []),
    publishedAt: toTime(advisory.published),
    isPatchAvailable: hasFix ? true : null,
    category: isMalware(id) ? "MALWARE" : "VULNERABILITY",
  };
}

/** The database of malicious packages, which rates none of them. */
function isMalware(id: string): boolean {
  return id.startsWith("MAL-");
}

function toPlace(advisory: JsonObject, { severity }: CheckInput, name: string, version: string): PlaceInput {
  const own = asArray(advisory.affected).filter((affected) => asObject(asObject(affected).package).name === name);
  const fixes = [...new Set(own.flatMap(fixesOf))];
  return {
    instance: toComponent(name, version),
    severity,
    evidence: `${name} ${version}`.trim() + (fixes.length > 0 ? `, fixed in ${fixes.join(", ")}` : ""),
    ...(version === "" ? {} : { productVersion: version }),
    ...(toText(advisory.withdrawn) === "" ? {} : { state: "mitigated" as const }),
  };
}

function toLicenseCheck(name: string): CheckInput {
  return { id: name === "" ? "" : `license:${name}`, title: `Licence ${name}`, severity: 2, category: "LICENSE" };
}

function bestScore(cvss: CheckInput["cvss"]): number | null {
  return cvss?.find(({ score }) => score !== null)?.score ?? null;
}

function fixesOf(affected: Json): string[] {
  const events = asArray(asObject(affected).ranges).flatMap((range) => asArray(asObject(range).events));
  return events.flatMap((event) => toText(asObject(event).fixed) || []);
}
