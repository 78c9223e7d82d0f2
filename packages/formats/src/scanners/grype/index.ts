import type { Json, JsonObject } from "../../json/index.ts";
import type { CheckRecord } from "../../records.ts";
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
  toNumber,
  toText,
  toTime,
} from "../kit/index.ts";

/**
 * Grype's JSON report (`-o json`): one asset, the scanned image or folder, whose name the file tells behind its matches.
 * An instance is a package in its version; where it lies in the image does not tell two apart.
 */
export const parseGrype = jsonScan<State>({
  product: "Grype",
  start: () => ({ assets: new AwaitedAssets(), target: "", operatingSystem: null, scannedAt: null }),
  records: {
    "matches.*": (value, context) => tellMatch(value, context),
    // Left out by a rule of whoever ran the scan, or by a VEX document.
    "ignoredMatches.*": (value, context) => tellMatch(value, context, { state: "mitigated", isIgnored: true }),
    source: (value, { state }) => {
      state.target = toTarget(value);
    },
    distro: (value, { state }) => {
      const { name, version } = asObject(value);
      state.operatingSystem = `${toText(name)} ${toText(version)}`.trim() || null;
    },
    "descriptor.timestamp": (value, { state }) => {
      state.scannedAt = toTime(value);
    },
  },
  end: ({ out, state }) => {
    const { target, operatingSystem, scannedAt, assets } = state;
    if (target === "" && !out.isCutOff) {
      out.warn("grype-source-missing", "end of file", "the report does not name what was scanned");
    }
    const name = target || (out.isCutOff ? "" : "unnamed target");
    if (name !== "") assets.name("", { name, isHost: false, operatingSystem, scannedAt }, out);
    assets.end(out, () => null);
  },
});

type State = { assets: AwaitedAssets; target: string; operatingSystem: string | null; scannedAt: number | null };
type Match = { check: CheckInput; place: PlaceInput };

function tellMatch(
  value: Json,
  { out, where, state }: { out: ScanWriter; where: string; state: State },
  fate: PlaceInput = {},
): void {
  const match = toMatch(value);
  if (!match) out.refuse("grype-match-unreadable", where, "the match names no vulnerability or no package");
  else state.assets.finding("", match.check, { ...match.place, ...fate }, out, where);
}

function toTarget(value: Json): string {
  const source = asObject(value);
  const target = asObject(source.target);
  return toText(source.target) || toText(target.userInput) || toText(target.imageID);
}

const FIX_STATES: ReadonlyMap<string, boolean> = new Map([
  ["fixed", true],
  ["not-fixed", false],
  ["wont-fix", false],
]);

function toMatch(value: Json): Match | null {
  const { vulnerability, artifact, relatedVulnerabilities } = asObject(value);
  const weakness = asObject(vulnerability);
  const software = asObject(artifact);
  const id = toText(weakness.id);
  const name = toText(software.name);
  if (id === "" || name === "") return null;
  const related = asArray(relatedVulnerabilities).map(asObject);
  const cvss = [weakness, ...related].flatMap(toScores);
  const fix = asObject(weakness.fix);
  // Before 0.13 one version, by itself.
  const fixedIn = [...asArray(fix.versions).map(toText), toText(weakness.fixedInVersion)].filter(Boolean);
  const version = toText(software.version);
  const severity = severityOfWord(weakness.severity) ?? severityOfScore(cvss[0]?.score ?? null) ?? 1;
  return {
    check: {
      id,
      title: id,
      description: toText(weakness.description) || toText(related[0]?.description),
      severity,
      sourceSeverity: toText(weakness.severity),
      cveIds: toCves(id, ...related.map((one) => toText(one.id))),
      aliases: toAliases(id, ...related.map((one) => toText(one.id))),
      cvss: firstOfEachVersion(cvss),
      references: asArray(weakness.urls ?? weakness.links).map(toText),
      isPatchAvailable: fixedIn.length > 0 ? true : (FIX_STATES.get(toText(fix.state)) ?? null),
      category: "VULNERABILITY",
    },
    place: {
      instance: toComponent(name, version),
      severity,
      ...(version === "" ? {} : { productVersion: version }),
      evidence: `${name} ${version}${fixedIn.length > 0 ? `, fixed in ${fixedIn.join(", ")}` : ""}`,
    },
  };
}

/** Grype 0.7 told `cvssV2` and `cvssV3`, later ones a list. */
function toScores(weakness: JsonObject): CheckRecord["cvss"] {
  const listed = asArray(weakness.cvss).map((value) => {
    const score = asObject(value);
    const version = toText(score.version) as CheckRecord["cvss"][number]["version"];
    return toCvss({ vector: score.vector, score: asObject(score.metrics ?? null).baseScore, version });
  });
  const old = (["cvssV2", "cvssV3"] as const).map((name) => {
    const score = asObject(weakness[name] ?? null);
    return toCvss({
      vector: score.vector,
      score: toNumber(score.baseScore),
      version: name === "cvssV2" ? "2.0" : "3.0",
    });
  });
  return [...listed, ...old].filter((score) => score !== null);
}
