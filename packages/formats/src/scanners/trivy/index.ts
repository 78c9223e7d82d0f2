import type { Json } from "../../json/index.ts";
import {
  type AssetInput,
  asArray,
  asObject,
  type JsonRecordMapping,
  jsonScan,
  type ScanWriter,
  toText,
  toTime,
} from "../kit/index.ts";
import { type Detail, toLicense, toMisconfiguration, toSecret, toVulnerability } from "./records.ts";

const PARTS: Readonly<Record<string, (value: Json, target: string) => Detail | null>> = {
  Vulnerabilities: toVulnerability,
  Misconfigurations: toMisconfiguration,
  Secrets: toSecret,
  Licenses: toLicense,
};

/**
 * Trivy's JSON report, schema 2 (image, file system, repository), the older bare array of results, and the Kubernetes
 * report. An asset is the scanned artifact, or the workload of a cluster. Which target of the artifact a thing lies in
 * (the OS packages, a lock file) is part of an instance only where the same component may lie in several.
 */
export const parseTrivy = jsonScan<State>({
  product: "Trivy",
  start: () => ({
    artifact: null,
    repository: null,
    scannedAt: null,
    operatingSystem: null,
    cluster: "",
    result: null,
  }),
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
    ...Object.fromEntries(["Results.*", "*"].flatMap(toResultRecords)),
    ...Object.fromEntries(
      ["Vulnerabilities.*", "Misconfigurations.*", "Resources.*", "Findings.*"].map((place) => [place, tellWorkload]),
    ),
  },
  end: ({ out, state }) => {
    // A clean folder has no results at all, and was looked at all the same.
    const artifact = toArtifact(state, "");
    if (state.result === null && artifact.name !== "" && state.cluster === "") out.asset(artifact);
    if (state.artifact !== "." || state.repository !== null) return;
    const message = "the report calls its folder `.`: scan by path, or give each folder a connection of its own";
    out.warn("trivy-artifact-unnamed", "ArtifactName", message);
  },
  // Of a cluster a workload is read as one, with all its results.
  limits: { maxRecordBytes: 33_554_432 },
});

type State = {
  artifact: string | null;
  /** Says more than the folder that was scanned, which is often `.`. */
  repository: string | null;
  scannedAt: number | null;
  operatingSystem: string | null;
  cluster: string;
  /** The result being read, which names its target first; null: none so far. */
  result: { key: string; target: string } | null;
};

/** A result may hold thousands of records: each is read by itself. */
function toResultRecords(prefix: string): [string, JsonRecordMapping<State>][] {
  const parts = Object.entries(PARTS).map(([part, toDetail]): [string, JsonRecordMapping<State>] => [
    `${prefix}.${part}.*`,
    (value, { out, where, state }) => {
      const target = state.result?.key === toResultKey(where) ? state.result.target : "";
      tellDetail(toDetail(value, target), toArtifact(state, target), out, where);
    },
  ]);
  const tellTarget: JsonRecordMapping<State> = (value, { out, where, state }) => {
    const target = toText(value);
    state.result = { key: toResultKey(where), target };
    const asset = toArtifact(state, target);
    if (asset.name !== "") out.asset(asset);
  };
  return [[`${prefix}.Target`, tellTarget], ...parts];
}

/** `Results[3].Vulnerabilities[7]` lies in `Results[3]`. */
function toResultKey(where: string): string {
  return where.slice(0, where.indexOf("]") + 1);
}

/** Of a report that does not name its artifact, the target without the distribution in brackets: `debian (debian 10.8)`. */
function toArtifact(state: State, target: string): AssetInput {
  const { scannedAt, operatingSystem } = state;
  const name = state.repository ?? state.artifact ?? target.replace(/ \([^()]*\)$/, "");
  return { name, isHost: false, operatingSystem, scannedAt };
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
  if (toText(fault) === "") out.asset(asset);
  for (const [index, result] of asArray(Results).entries())
    tellResult(result, asset, out, `${where}.Results[${index}]`);
}

function tellResult(value: Json, asset: AssetInput, out: ScanWriter, where: string): void {
  const result = asObject(value);
  const target = toText(result.Target);
  out.asset(asset);
  for (const [part, toDetail] of Object.entries(PARTS)) {
    for (const [index, record] of asArray(result[part]).entries())
      tellDetail(toDetail(record, target), asset, out, `${where}.${part}[${index}]`);
  }
}

function tellDetail(detail: Detail | null, asset: AssetInput, out: ScanWriter, where: string): void {
  if (!detail) out.refuse("trivy-record-unreadable", where, "the record names no weakness or no component");
  else if (!detail.isPassed) out.finding(asset, detail.check, detail.place, where);
}
