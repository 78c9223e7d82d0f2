import { hash } from "node:crypto";
import {
  type AdvisoryVerdict,
  bestScore,
  type MatchEvidence,
  severityOfScores,
} from "@breakwater/domain/ot/advisories/index";
import { type SourceFinding, toStorable } from "../findings/index.ts";
import { solutionOf } from "./advisory-checks.ts";
import type { KnownAdvisories, KnownVulnerability } from "./known-advisories.ts";

/** What the advisories say of one host. */
export type HostVerdicts = { assetId: number; advisories: readonly AdvisoryVerdict[] };

/** What a detection says whichever host it is about. */
export type DetectionWords = {
  /** Of all the others, as a UUID: a detection that is stored with it needs none of them written. */
  digest: string;
  severity: number;
  cveIds: string[];
  fingerprints: string[];
  cvssBase: number | null;
  cvss3Base: number | null;
  cvss4Base: number | null;
  threat: string;
  solution: string;
};

/** A detection as it is to be: the vulnerabilities of one advisory that one host has, the sure or the possible ones. */
export type DescribedDetection = {
  assetId: number;
  advisoryId: string;
  isConfirmed: boolean;
  words: DetectionWords;
  evidence: ({ cveId: string | null; verdict: string } & MatchEvidence)[];
};

export type Described = { detections: DescribedDetection[]; findings: Map<number, SourceFinding[]> };

const MAX_TEXT_CHARS = 20_000;

/** Puts verdicts into words and scores: detections, and the findings that they make, by asset. */
export function describeDetections(hosts: readonly HostVerdicts[], known: KnownAdvisories): Described {
  const described: Described = { detections: [], findings: new Map() };
  for (const { assetId, advisories } of hosts) {
    const told = known.toldOf(advisories, () => tell(advisories, known));
    for (const detection of told.detections) described.detections.push({ assetId, ...detection });
    described.findings.set(assetId, told.findings);
  }
  return described;
}

/** What is told of any host of which the advisories say this. */
export type Told = { detections: Omit<DescribedDetection, "assetId">[]; findings: SourceFinding[] };

function tell(advisories: readonly AdvisoryVerdict[], known: KnownAdvisories): Told {
  const told: Told = { detections: [], findings: [] };
  for (const { advisoryId, verdicts } of advisories) {
    const vulnerabilities = known.vulnerabilitiesOf(advisoryId);
    for (const isConfirmed of [true, false]) {
      const meant = verdicts.filter(({ verdict }) => verdict === (isConfirmed ? "affected" : "undecidable"));
      if (meant.length === 0) continue;
      const about = meant.map(({ vulnerability, evidence }) => ({ ...vulnerabilities[vulnerability]!, evidence }));
      const key = [advisoryId, ...meant.flatMap((one) => [one.vulnerability, one.evidence.productId])].join("\n");
      const words = known.wordsOf(key, () => toWords(about));
      const evidence = about.map(({ cveId, evidence: one }) => ({
        cveId,
        verdict: isConfirmed ? "affected" : "undecidable",
        ...one,
      }));
      told.detections.push({ advisoryId, isConfirmed, words, evidence });
      told.findings.push(...about.flatMap((one) => toFindings(isConfirmed, one)));
    }
  }
  return told;
}

type Meant = KnownVulnerability & { evidence: Pick<MatchEvidence, "productId"> };

/** @param about of one advisory, in the order of its vulnerabilities, with the product that each was found by */
export function toWords(about: readonly Meant[]): DetectionWords {
  const scores = about.flatMap((vulnerability) => vulnerability.scores);
  const highest = (version: number) => {
    const own = scores.filter((score) => score.version === version && score.score > 0).map(({ score }) => score);
    return own.length === 0 ? null : Math.max(...own);
  };
  const join = (texts: readonly string[]) =>
    [...new Set(texts)].filter(Boolean).join("\n").slice(0, MAX_TEXT_CHARS).toWellFormed();
  const words = {
    severity: Math.max(...about.map((vulnerability) => severityOfScores(vulnerability.scores))),
    cveIds: [...new Set(about.flatMap(({ cveId }) => cveId ?? []))].sort(),
    fingerprints: [...new Set(about.map(({ fingerprint }) => fingerprint))].sort(),
    cvssBase: highest(2) ?? bestScore(scores)?.score ?? null,
    cvss3Base: highest(3),
    cvss4Base: highest(4),
    threat: join(about.map(({ description, title }) => description || title)),
    solution: join(
      about.map((vulnerability) => solutionOf(vulnerability, new Set([vulnerability.evidence.productId]))),
    ),
  };
  return { digest: toUuid(hash("md5", JSON.stringify(words), "hex")), ...words };
}

function toUuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function toFindings(isConfirmed: boolean, about: KnownVulnerability & { evidence: MatchEvidence }): SourceFinding[] {
  const { fingerprint, cveId, checkId, vendorId, scores, evidence } = about;
  if (checkId === undefined) return [];
  const severity = severityOfScores(scores);
  return [{ fingerprint, cveId, checkId, vendorId, severity, evidence: toStorable(explain(isConfirmed, evidence)) }];
}

function explain(isConfirmed: boolean, evidence: MatchEvidence): string {
  const { product, matchedBy, key, place } = evidence;
  return [
    `${isConfirmed ? "Confirmed" : "Potential"}: ${product}`,
    `matched by ${matchedBy.replace("-", " ")} ${key}${place === null ? "" : ` in ${place}`}`,
    compareInWords(evidence),
  ].join("\n");
}

/** What is installed, and what is affected. */
export function compareInWords({ installedVersion, statedVersions, comparison }: MatchEvidence): string {
  return `installed ${installedVersion ?? "unknown"}, affected ${statedVersions ?? "not stated"}: ${comparison}`;
}
