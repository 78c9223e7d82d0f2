import type { ScanParser } from "../records.ts";
import { parseAsff, parseAsffLines } from "../scanners/asff/index.ts";
import { parseCycloneDxJson } from "../scanners/cyclonedx/index.ts";
import { parseDefender, parseDefenderLines } from "../scanners/defender/index.ts";
import { parseGrype } from "../scanners/grype/index.ts";
import { parseNuclei } from "../scanners/nuclei/index.ts";
import { parseOcsf } from "../scanners/ocsf/index.ts";
import { parseOpenVex } from "../scanners/openvex/index.ts";
import { parseOsv } from "../scanners/osv/index.ts";
import { parseSarif } from "../scanners/sarif/index.ts";
import { parseSnyk } from "../scanners/snyk/index.ts";
import { parseTrivy } from "../scanners/trivy/index.ts";
import { parseWazuh } from "../scanners/wazuh/index.ts";
import type { JsonHead } from "./file-head.ts";

/** A scanner's report in JSON or JSON Lines, recognised by the members that it begins with. */
type JsonFormat = { id: string; title: string; matches: (json: JsonHead) => boolean; parse: ScanParser };

/** First match wins: those that name themselves stand before those that are told by their shape. */
export const jsonFormats: readonly JsonFormat[] = [
  {
    id: "cyclonedx-json",
    title: "CycloneDX with vulnerabilities (JSON)",
    matches: (json) => json.value("bomFormat") === "CycloneDX",
    parse: parseCycloneDxJson,
  },
  { id: "sarif", title: "SARIF 2.1.0", matches: isSarif, parse: parseSarif },
  {
    id: "openvex",
    title: "OpenVEX",
    matches: (json) => String(json.value("@context")).includes("openvex") && json.has("statements"),
    parse: parseOpenVex,
  },
  {
    id: "grype",
    title: "Grype report (JSON)",
    matches: (json) => json.has("matches") && (json.has("matches.*.vulnerability") || json.has("descriptor.name")),
    parse: parseGrype,
  },
  { id: "trivy", title: "Trivy report (JSON)", matches: isTrivy, parse: parseTrivy },
  {
    id: "osv",
    title: "OSV-Scanner report (JSON)",
    matches: isOsv,
    parse: parseOsv,
  },
  {
    id: "nuclei",
    title: "Nuclei results (JSON, JSON Lines)",
    matches: (json) => ["", "*."].some((at) => json.has(`${at}template-id`) || json.has(`${at}templateID`)),
    parse: parseNuclei,
  },
  { id: "snyk", title: "Snyk report (JSON)", matches: isSnyk, parse: parseSnyk },
  {
    id: "asff",
    title: "AWS Security Hub findings (ASFF)",
    matches: (json) => ["Findings.*.", "*."].some((at) => isAsff(json, at)),
    parse: parseAsff,
  },
  {
    id: "asff-lines",
    title: "AWS Security Hub findings (ASFF, JSON Lines)",
    matches: (json) => isAsff(json, ""),
    parse: parseAsffLines,
  },
  {
    id: "ocsf",
    title: "OCSF findings (JSON, JSON Lines)",
    matches: (json) => ["", "*."].some((at) => json.has(`${at}class_uid`) || json.has(`${at}type_uid`)),
    parse: parseOcsf,
  },
  {
    id: "wazuh",
    title: "Wazuh vulnerabilities (JSON)",
    matches: (json) =>
      /wazuh.*vulnerabilit/.test(String(json.value("hits.hits.*._index"))) || json.has("data.affected_items.*.cve"),
    parse: parseWazuh,
  },
  {
    id: "defender",
    title: "Microsoft Defender vulnerabilities (JSON)",
    matches: (json) => ["value.*.", "*."].some((at) => isDefender(json, at)),
    parse: parseDefender,
  },
  {
    id: "defender-lines",
    title: "Microsoft Defender vulnerabilities (JSON Lines)",
    matches: (json) => isDefender(json, ""),
    parse: parseDefenderLines,
  },
];

/** A clean report is `{"results":[]}`; other tools have more beside results that are empty. */
function isOsv(json: JsonHead): boolean {
  const isClean = json.size === 1 && json.has("results") && json.value("results") === undefined;
  return json.has("results.*.packages") || (json.has("results") && json.has("experimental_config")) || isClean;
}

function isSarif(json: JsonHead): boolean {
  if (!json.has("runs")) return false;
  return json.has("runs.*.tool") || json.has("runs.*.results") || String(json.value("$schema")).includes("sarif");
}

/** Schema 2, the older bare array of results, and the report of a cluster. */
function isTrivy(json: JsonHead): boolean {
  if (json.has("SchemaVersion") && json.has("ArtifactName")) return true;
  if (json.has("*.Target") && (json.has("*.Vulnerabilities") || json.has("*.Type"))) return true;
  return (
    json.has("ClusterName") && ["Vulnerabilities", "Misconfigurations", "Resources"].some((name) => json.has(name))
  );
}

/** The project's name stands behind the vulnerabilities, too far down to be seen. */
function isSnyk(json: JsonHead): boolean {
  return ["", "*."].some((at) => {
    if (!json.has(`${at}vulnerabilities`)) return false;
    if (/^(SNYK-|snyk:)/.test(String(json.value(`${at}vulnerabilities.*.id`)))) return true;
    const members = ["vulnerabilities.*.packageManager", "vulnerabilities.*.moduleName", "vulnerabilities.*.from"];
    return [...members, "dependencyCount", "projectName"].some((name) => json.has(at + name));
  });
}

function isAsff(json: JsonHead, at: string): boolean {
  return json.has(`${at}ProductArn`) && (json.has(`${at}AwsAccountId`) || json.has(`${at}SchemaVersion`));
}

function isDefender(json: JsonHead, at: string): boolean {
  return json.has(`${at}cveId`) && (json.has(`${at}machineId`) || json.has(`${at}deviceId`));
}
