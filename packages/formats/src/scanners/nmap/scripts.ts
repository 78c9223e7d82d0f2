import type { CvssScore, TypeDetected } from "../../records.ts";
import {
  allText,
  type CheckInput,
  childrenOf,
  firstOfEachVersion,
  severityOfScore,
  severityOfWord,
  toCves,
  toCvss,
  toNumber,
  type XmlElement,
} from "../kit/index.ts";

export type ScriptFinding = { check: CheckInput; evidence: string; typeDetected: TypeDetected };

const MAX_EVIDENCE_CHARS = 65_536;

/** What one script found: those that look names of software up in lists of CVEs, and those that test for one weakness. */
export function toScriptFindings(script: XmlElement): ScriptFinding[] {
  const id = script.attributes.id ?? "";
  if (/vulners|vulscan/i.test(id)) return toListed(script);
  return childrenOf(script, "table").flatMap((table) => toTested(id, table, script) ?? []);
}

/**
 * CVEs told as tables, or by older versions in the output alone: `CVE-2018-15919  5.0  https://…` or
 * `[CVE-2018-15919] …`. Exploits stand among them, under ids of their own; they are no weaknesses.
 */
function toListed(script: XmlElement): ScriptFinding[] {
  const output = script.attributes.output ?? "";
  const software = childrenOf(script, "table");
  const rows = software.flatMap((table) =>
    childrenOf(table, "table").map((row) => ({ row, software: table.attributes.key ?? "" })),
  );
  const told = rows.map(({ row, software }) => ({
    id: elementText(row, "id"),
    score: toListedScore(elementText(row, "cvss")),
    evidence: software,
  }));
  const found = new Map<string, ScriptFinding>();
  for (const { id, score, evidence } of rows.length > 0 ? told : readOutput(output)) {
    const cve = /^CVE-\d{4}-\d{4,19}$/i.test(id) ? id.toUpperCase() : null;
    if (cve === null) continue;
    const former = found.get(cve);
    // Looked up by the version that the service tells: nobody tried.
    if (!former) found.set(cve, { check: toCveCheck(cve, score), evidence, typeDetected: "Potential" });
    else if (evidence !== "" && !former.evidence.includes(evidence)) former.evidence += `\n${evidence}`;
  }
  return [...found.values()];
}

function readOutput(output: string): { id: string; score: number | null; evidence: string }[] {
  return output.split("\n").flatMap((line) => {
    const [id] = toCves(line.slice(0, 200));
    const isEntry = id !== undefined && /^\s*\[?CVE-/i.test(line);
    const score = /^\s*CVE-[\d-]+\s+(\d{1,2}(?:\.\d{1,2})?)\s/i.exec(`${line.slice(0, 200)} `)?.[1];
    return isEntry ? [{ id, score: toListedScore(score), evidence: line.trim().slice(0, 1_000) }] : [];
  });
}

/** 0 stands for a score that is not known. */
function toListedScore(text: string | undefined): number | null {
  return toNumber(text) || null;
}

/** The lists do not say of which version of CVSS their scores are: as in tables, they count as 3.1. */
function toCveCheck(cve: string, score: number | null): CheckInput {
  const cvss = toCvss({ score, version: "3.1" });
  return {
    id: cve,
    title: cve,
    severity: severityOfScore(score) ?? 3,
    sourceSeverity: score === null ? "" : String(score),
    cveIds: [cve],
    cvss: cvss ? [cvss] : [],
    category: "VULNERABILITY",
  };
}

/** The report that all scripts make which test for one weakness: a table with a title, a state, ids and scores. */
function toTested(scriptId: string, table: XmlElement, script: XmlElement): ScriptFinding | null {
  const state = elementText(table, "state").toUpperCase();
  if (!/^(LIKELY )?VULNERABLE/.test(state)) return null;
  const key = table.attributes.key ?? "";
  const ids = listOf(table, "ids");
  const scores = childrenOf(table, "table").filter(({ attributes }) => attributes.key === "scores");
  const cvss = firstOfEachVersion(scores.flatMap((one) => childrenOf(one, "elem").map(toTestedScore)));
  const risk = elementText(table, "risk_factor");
  return {
    check: {
      id: /^(|\d+|NMAP-\d+)$/.test(key) ? scriptId : `${scriptId}/${key}`,
      title: elementText(table, "title") || scriptId,
      description: listOf(table, "description").join("\n"),
      severity: severityOfScore(cvss[0]?.score ?? null) ?? severityOfWord(risk) ?? 4,
      sourceSeverity: risk,
      cveIds: toCves(ids, key),
      cvss,
      references: listOf(table, "refs"),
      isExploitAvailable: state.includes("EXPLOITABLE") ? true : null,
      category: "VULNERABILITY",
    },
    evidence: (script.attributes.output ?? allText(table)).trim().slice(0, MAX_EVIDENCE_CHARS).toWellFormed(),
    typeDetected: state.startsWith("LIKELY") ? "Potential" : "Confirmed",
  };
}

/** `7.8 (HIGH) (AV:N/AC:L/Au:N/C:N/I:N/A:C)`, of the version in its key: `CVSSv2`. */
function toTestedScore({ attributes, text }: XmlElement): CvssScore | null {
  const [, generation = ""] = /^cvss ?v?([234])/i.exec(attributes.key ?? "") ?? [];
  const vector = /\(((?:CVSS:[34]\.\d\/)?AV:[^()]{1,250})\)/.exec(text)?.[1];
  return toCvss({ vector, score: /[\d.]{1,5}/.exec(text)?.[0], version: VERSIONS.get(generation) ?? "3.1" });
}

const VERSIONS: ReadonlyMap<string, CvssScore["version"]> = new Map([
  ["2", "2.0"],
  ["3", "3.1"],
  ["4", "4.0"],
]);

function elementText(table: XmlElement, key: string): string {
  return childrenOf(table, "elem").find(({ attributes }) => attributes.key === key)?.text ?? "";
}

function listOf(table: XmlElement, key: string): string[] {
  const lists = childrenOf(table, "table").filter(({ attributes }) => attributes.key === key);
  return lists.flatMap((list) => childrenOf(list, "elem").map(({ text }) => text));
}
