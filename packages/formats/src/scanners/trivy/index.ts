import type { Json } from "../../json/index.ts";
import { type AssetInput, asArray, asObject, jsonScan, type ScanWriter, toText, toTime } from "../kit/index.ts";
import { type Detail, toLicense, toMisconfiguration, toSecret, toVulnerability } from "./records.ts";

/**
 * Trivy's JSON report, schema 2 (image, file system, repository), the older bare array of results, and the Kubernetes
 * report. An asset is the scanned artifact, or the workload of a cluster. Which target of the artifact a thing lies in
 * (the OS packages, a lock file) is part of an instance only where the same component may lie in several.
 */
export const parseTrivy = jsonScan<State>({
  product: "Trivy",
  start: () => ({ artifact: null, repository: null, scannedAt: null, operatingSystem: null, cluster: "" }),
  records: {
    ArtifactName: (value, { state }) => {
      state.artifact = toText(value) || null;
    },
    "Metadata.RepoURL": (value, { state }) => {
      state.repository = toText(value) || null;
    },
    CreatedAt: (value, { state }) => {
      state.scannedAt = toTime(value);
    },
    "Metadata.OS": (value, { state }) => {
      const { Family, Name } = asObject(value);
      state.operatingSystem = `${toText(Family)} ${toText(Name)}`.trim() || null;
    },
    ClusterName: (value, { state }) => {
      state.cluster = toText(value);
    },
    "Results.*": (value, { out, where, state }) => tellResult(value, toArtifact(state, value), out, where),
    "*": (value, { out, where, state }) => tellResult(value, toArtifact(state, value), out, where),
    ...Object.fromEntries(
      ["Vulnerabilities.*", "Misconfigurations.*", "Resources.*", "Findings.*"].map((place) => [place, tellWorkload]),
    ),
  },
});

type State = {
  artifact: string | null;
  /** Says more than the folder that was scanned, which is often `.`. */
  repository: string | null;
  scannedAt: number | null;
  operatingSystem: string | null;
  cluster: string;
};

/** Of a report that does not name its artifact, the target without the distribution in brackets: `debian (debian 10.8)`. */
function toArtifact(state: State, result: Json): AssetInput {
  const target = toText(asObject(result).Target).replace(/ \([^()]*\)$/, "");
  const { scannedAt, operatingSystem } = state;
  return { name: state.repository ?? state.artifact ?? target, isHost: false, operatingSystem, scannedAt };
}

function tellWorkload(value: Json, { out, where, state }: { out: ScanWriter; where: string; state: State }): void {
  const { Namespace, Kind, Name, Results, Error: fault } = asObject(value);
  const name = [state.cluster, Namespace, Kind, Name].map((part) => toText(part ?? null)).filter((part) => part !== "");
  if (toText(Name) === "") {
    out.refuse("trivy-workload-unnamed", where, "the workload has no name; it was left out");
    return;
  }
  if (toText(fault) !== "")
    out.refuse("trivy-workload-not-scanned", where, `the scanner failed here: ${toText(fault)}`);
  const asset: AssetInput = { name: name.join("/"), isHost: false };
  for (const [index, result] of asArray(Results).entries())
    tellResult(result, asset, out, `${where}.Results[${index}]`);
}

const PARTS: Readonly<Record<string, (value: Json, target: string) => Detail | null>> = {
  Vulnerabilities: toVulnerability,
  Misconfigurations: toMisconfiguration,
  Secrets: toSecret,
  Licenses: toLicense,
};

function tellResult(value: Json, asset: AssetInput, out: ScanWriter, where: string): void {
  const result = asObject(value);
  const target = toText(result.Target);
  if (asset.name === "") {
    out.refuse("asset-missing", where, "the report names neither its artifact nor the target; it was left out");
    return;
  }
  out.asset(asset);
  for (const [part, toDetail] of Object.entries(PARTS)) {
    for (const [index, record] of asArray(result[part]).entries()) {
      const place = `${where}.${part}[${index}]`;
      const detail = toDetail(record, target);
      if (!detail) out.refuse("trivy-record-unreadable", place, "the record names no weakness or no component");
      else if (!detail.isPassed) out.finding(asset, detail.check, detail.place, place);
    }
  }
}
