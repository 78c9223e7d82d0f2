import { type Advisory, bestScore, severityOfScores } from "@breakwater/domain/ot/advisories/index";
import type { CheckRecord } from "@breakwater/formats/records";
import type { StoredVulnerability } from "./advisory-store.ts";

/** The check that a vulnerability of an advisory is in the findings: its CVE, or its number where it has none. */
export function checkIdOf(
  advisoryId: string,
  vulnerability: Pick<StoredVulnerability, "cveId">,
  index: number,
): string {
  return `${advisoryId}/${vulnerability.cveId ?? index + 1}`;
}

const CVSS_VERSIONS = { 2: "2.0", 3: "3.1", 4: "4.0" } as const;
const MAX_SOLUTION_CHARS = 20_000;

/** The checks of an advisory, one per vulnerability. */
export function toChecks(advisory: Advisory): CheckRecord[] {
  return advisory.vulnerabilities.map((vulnerability, index) => ({
    id: checkIdOf(advisory.id, vulnerability, index),
    title: advisory.title,
    description: vulnerability.description || vulnerability.title,
    solution: solutionOf(vulnerability, null),
    severity: severityOfScores(vulnerability.scores),
    sourceSeverity: bestScore(vulnerability.scores)?.score.toFixed(1) ?? "",
    cveIds: vulnerability.cveId === null ? [] : [vulnerability.cveId],
    cweIds: vulnerability.cweId === null ? [] : [vulnerability.cweId],
    cvss: vulnerability.scores.map(({ version, vector, score }) => ({
      version: vector.startsWith("CVSS:3.0") ? "3.0" : CVSS_VERSIONS[version],
      vector,
      // Nothing is ranked by a score of none.
      score: score > 0 ? score : null,
    })),
    family: "ICS advisory",
    publishedAt: advisory.releasedAt,
    patchPublishedAt: null,
    isExploitAvailable: null,
    isPatchAvailable: vulnerability.remediations.some(({ category }) => category === "vendor_fix"),
    references: advisory.url === null ? [] : [advisory.url],
    category: "VULNERABILITY",
  }));
}

/** What can be done, the vendor's fix first; `productIds` null: for any product. */
export function solutionOf(vulnerability: StoredVulnerability, productIds: ReadonlySet<string> | null): string {
  const meant = vulnerability.remediations.filter(
    (remedy) =>
      productIds === null || remedy.productIds.length === 0 || remedy.productIds.some((id) => productIds.has(id)),
  );
  const ordered = [...meant].sort((a, b) => Number(b.category === "vendor_fix") - Number(a.category === "vendor_fix"));
  const texts = ordered.map(({ details, url }) =>
    url === null || details.includes(url) ? details : `${details} (${url})`,
  );
  return [...new Set(texts)].join("\n").slice(0, MAX_SOLUTION_CHARS).toWellFormed();
}
