import { ADVISORIES, WITHDRAWN } from "./token-knowledge.ts";
import { AUDIT, PACKAGES, PLUGINS } from "./token-scans.ts";

/** What the files of the token world say of a check and no answer repeats. */
export type CheckFacts = {
  sourceSeverity: string;
  cwes: readonly string[];
  isExploitAvailable: boolean | null;
  isPatchAvailable: boolean | null;
  patchedMs: number | null;
  publishedMs: number | null;
  urls: readonly string[];
  isVendorPatchable: boolean | null;
  /** Of its findings; each check of these files has but one, or several that are alike in this. */
  typeDetected: "Confirmed" | "Potential" | null;
  isDisabled: boolean | null;
  isIgnored: boolean | null;
  productVersion: string | null;
  /** Numbers 1 to 5. */
  customNumbers: readonly (number | null)[];
};

const UNTOLD: CheckFacts = {
  sourceSeverity: "",
  cwes: [],
  isExploitAvailable: null,
  isPatchAvailable: null,
  patchedMs: null,
  publishedMs: null,
  urls: [],
  isVendorPatchable: null,
  typeDetected: null,
  isDisabled: null,
  isIgnored: null,
  productVersion: null,
  customNumbers: [],
};
const DAY_OF_QUALYS = Date.UTC(2025, 11, 1, 12);
const FACTS: Readonly<Record<string, CheckFacts>> = {
  "T-1": { ...UNTOLD, sourceSeverity: "High", cwes: ["CWE-502"] },
  "T-2": { ...UNTOLD, sourceSeverity: "Low" },
  "38003": {
    ...UNTOLD,
    ...{
      sourceSeverity: "3",
      isPatchAvailable: true,
      patchedMs: Date.UTC(2025, 11, 2, 12),
      publishedMs: DAY_OF_QUALYS,
    },
    ...{ isVendorPatchable: true, typeDetected: "Confirmed", isDisabled: true, isIgnored: false },
  },
  "38004": {
    ...UNTOLD,
    ...{ sourceSeverity: "5", isPatchAvailable: false, publishedMs: DAY_OF_QUALYS },
    ...{ isVendorPatchable: false, typeDetected: "Potential", isDisabled: false, isIgnored: true },
  },
  "D-1": { ...UNTOLD, sourceSeverity: "High", customNumbers: [12.5, 0, 3, 1, 1_000_000] },
  "D-2": { ...UNTOLD, sourceSeverity: "Low", customNumbers: [0.25, 40, null, 2, 7] },
  ...Object.fromEntries(
    PACKAGES.map(({ cve, version, url, status }) => [
      cve,
      {
        ...UNTOLD,
        ...{ sourceSeverity: "HIGH", isExploitAvailable: false, isPatchAvailable: true, urls: [url] },
        ...{ productVersion: version, isIgnored: status === "SUPPRESSED" ? true : null },
      },
    ]),
  ),
  [`${AUDIT.id}/${AUDIT.rule.toLowerCase()}`]: { ...UNTOLD, sourceSeverity: String(AUDIT.severity) },
  ...Object.fromEntries(
    PLUGINS.map(({ id, severity, cwe = [], exploit = null, patch, published, see = [] }) => [
      String(id),
      {
        ...UNTOLD,
        sourceSeverity: String(severity),
        cwes: cwe.map((number) => `CWE-${number}`),
        isExploitAvailable: exploit,
        isPatchAvailable: patch === undefined ? null : true,
        patchedMs: toDay(patch),
        publishedMs: toDay(published),
        urls: see.filter((line) => line.startsWith("http")),
      },
    ]),
  ),
  ...Object.fromEntries(
    [...ADVISORIES, WITHDRAWN].flatMap(({ id, vulnerabilities }) =>
      vulnerabilities.map(({ cve, score, ...rest }) => [
        `${id}/${cve}`,
        {
          ...UNTOLD,
          ...{ sourceSeverity: score.toFixed(1), cwes: ["CWE-400"], isPatchAvailable: "fix" in rest },
          ...{ publishedMs: Date.UTC(2025, 0, 14), urls: [`https://cert.example/advisories/${id.toLowerCase()}`] },
        },
      ]),
    ),
  ),
};

function toDay(date: string | undefined): number | null {
  return date === undefined ? null : Date.parse(`${date.replaceAll("/", "-")}T00:00:00Z`);
}

/** What was written of a finding's check, by the check's number that the finding shows. */
export function factsOf(vendorId: string): CheckFacts {
  const facts = FACTS[vendorId];
  if (facts === undefined) throw new Error(`nothing was written of check ${vendorId}`);
  return facts;
}
