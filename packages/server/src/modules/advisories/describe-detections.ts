import { findingFingerprint } from "@breakwater/domain/identity/index";
import {
  type AdvisoryVerdict,
  bestScore,
  type MatchEvidence,
  severityOfScores,
  type VulnerabilityVerdict,
} from "@breakwater/domain/ot/advisories/index";
import { sql, type Transaction } from "kysely";
import { type SourceFinding, toStorable } from "../findings/index.ts";
import { checkIdOf, solutionOf } from "./advisory-checks.ts";
import type { StoredVulnerability } from "./advisory-store.ts";
import { ADVISORY_MATCHING } from "./matching-lock.ts";

/** What the advisories say of one host. */
export type HostVerdicts = { assetId: number; advisories: readonly AdvisoryVerdict[] };

/** A detection as it is to be: the vulnerabilities of one advisory that one host has, the sure or the possible ones. */
export type DescribedDetection = {
  assetId: number;
  advisoryId: string;
  isConfirmed: boolean;
  severity: number;
  cveIds: string[];
  fingerprints: string[];
  cvssBase: number | null;
  cvss3Base: number | null;
  cvss4Base: number | null;
  threat: string;
  solution: string;
  evidence: ({ cveId: string | null; verdict: string } & MatchEvidence)[];
};

export type Described = { detections: DescribedDetection[]; findings: Map<number, SourceFinding[]> };

const MAX_TEXT_CHARS = 20_000;

/** Puts verdicts into words and scores: detections, and the findings that they make, by asset. */
export async function describeDetections(
  tx: Transaction<unknown>,
  subscriptionId: number,
  hosts: readonly HostVerdicts[],
): Promise<Described> {
  const ids = [...new Set(hosts.flatMap(({ advisories }) => advisories.map(({ advisoryId }) => advisoryId)))];
  const advisories = await readVulnerabilities(tx, subscriptionId, ids);
  const checks = await readCheckIds(tx, subscriptionId, advisories);
  const described: Described = { detections: [], findings: new Map() };
  for (const { assetId, advisories: about } of hosts) {
    for (const { advisoryId, verdicts } of about) {
      const vulnerabilities = advisories.get(advisoryId) ?? [];
      for (const isConfirmed of [true, false]) {
        const meant = verdicts.filter(({ verdict }) => verdict === (isConfirmed ? "affected" : "undecidable"));
        if (meant.length === 0) continue;
        const detection = toDetection(assetId, advisoryId, isConfirmed, meant, vulnerabilities);
        described.detections.push(detection);
        const findings = described.findings.get(assetId) ?? [];
        described.findings.set(assetId, findings);
        findings.push(...toFindings(advisoryId, isConfirmed, meant, vulnerabilities, checks));
      }
    }
  }
  return described;
}

async function readVulnerabilities(tx: Transaction<unknown>, subscriptionId: number, ids: readonly string[]) {
  const { rows } = await sql<{ id: string; vulnerabilities: StoredVulnerability[] }>`
    SELECT id, vulnerabilities FROM ot_advisory WHERE subscription_id = ${subscriptionId} AND id = ANY (${[...ids]})`.execute(
    tx,
  );
  return new Map(rows.map(({ id, vulnerabilities }) => [id, vulnerabilities]));
}

async function readCheckIds(
  tx: Transaction<unknown>,
  subscriptionId: number,
  advisories: ReadonlyMap<string, readonly StoredVulnerability[]>,
): Promise<Map<string, number>> {
  const names = [...advisories].flatMap(([id, list]) =>
    list.map((vulnerability, index) => checkIdOf(id, vulnerability, index)),
  );
  const { rows } = await sql<{ id: number; vendorId: string }>`
    SELECT id, vendor_id AS "vendorId" FROM check_definition
    WHERE subscription_id = ${subscriptionId} AND product = ${ADVISORY_MATCHING} AND vendor_id = ANY (${names})`.execute(
    tx,
  );
  return new Map(rows.map(({ id, vendorId }) => [vendorId, id]));
}

function toDetection(
  assetId: number,
  advisoryId: string,
  isConfirmed: boolean,
  meant: readonly VulnerabilityVerdict[],
  vulnerabilities: readonly StoredVulnerability[],
): DescribedDetection {
  const about = meant.map(({ vulnerability, evidence }) => ({ ...vulnerabilities[vulnerability]!, evidence }));
  const scores = about.flatMap((vulnerability) => vulnerability.scores);
  const highest = (version: number) => {
    const own = scores.filter((score) => score.version === version && score.score > 0).map(({ score }) => score);
    return own.length === 0 ? null : Math.max(...own);
  };
  const join = (texts: readonly string[]) =>
    [...new Set(texts)].filter(Boolean).join("\n").slice(0, MAX_TEXT_CHARS).toWellFormed();
  return {
    assetId,
    advisoryId,
    isConfirmed,
    severity: Math.max(...about.map((vulnerability) => severityOfScores(vulnerability.scores))),
    cveIds: [...new Set(about.flatMap(({ cveId }) => cveId ?? []))].sort(),
    fingerprints: [
      ...new Set(meant.map(({ vulnerability }) => fingerprintOf(advisoryId, vulnerability, vulnerabilities))),
    ].sort(),
    cvssBase: highest(2) ?? bestScore(scores)?.score ?? null,
    cvss3Base: highest(3),
    cvss4Base: highest(4),
    threat: join(about.map(({ description, title }) => description || title)),
    solution: join(
      about.map((vulnerability) => solutionOf(vulnerability, new Set([vulnerability.evidence.productId]))),
    ),
    evidence: about.map(({ cveId, evidence }) => ({
      cveId,
      verdict: isConfirmed ? "affected" : "undecidable",
      ...evidence,
    })),
  };
}

function fingerprintOf(advisoryId: string, index: number, vulnerabilities: readonly StoredVulnerability[]): string {
  const vulnerability = vulnerabilities[index]!;
  const { cveId } = vulnerability;
  const issue =
    cveId === null ? { product: ADVISORY_MATCHING, checkId: checkIdOf(advisoryId, vulnerability, index) } : { cveId };
  return findingFingerprint(issue, { port: null, protocol: null, instance: null });
}

function toFindings(
  advisoryId: string,
  isConfirmed: boolean,
  meant: readonly VulnerabilityVerdict[],
  vulnerabilities: readonly StoredVulnerability[],
  checks: ReadonlyMap<string, number>,
): SourceFinding[] {
  return meant.flatMap(({ vulnerability: index, evidence }) => {
    const vulnerability = vulnerabilities[index]!;
    const vendorId = checkIdOf(advisoryId, vulnerability, index);
    const checkId = checks.get(vendorId);
    if (checkId === undefined) return [];
    return {
      fingerprint: fingerprintOf(advisoryId, index, vulnerabilities),
      cveId: vulnerability.cveId,
      checkId,
      vendorId,
      severity: severityOfScores(vulnerability.scores),
      evidence: toStorable(explain(isConfirmed, evidence)),
    };
  });
}

function explain(isConfirmed: boolean, evidence: MatchEvidence): string {
  const { product, matchedBy, key, place, installedVersion, statedVersions, comparison } = evidence;
  return [
    `${isConfirmed ? "Confirmed" : "Potential"}: ${product}`,
    `matched by ${matchedBy.replace("-", " ")} ${key}${place === null ? "" : ` in ${place}`}`,
    `installed ${installedVersion ?? "unknown"}, affected ${statedVersions ?? "not stated"}: ${comparison}`,
  ].join("\n");
}
