import type { CheckRecord, Severity, TypeDetected } from "../../records.ts";
import { type CheckInput, childrenOf, textOf, toCvss, toPlainText, toTime, type XmlElement } from "../kit/index.ts";

export const PRODUCT = "Qualys";

/** The source counts 1 to 5 as the product does; null for anything else. */
export function toSeverity(text: string | undefined): Severity | null {
  return text !== undefined && /^[1-5]$/.test(text.trim()) ? (Number(text) as Severity) : null;
}

/** What is told of a type: `Vuln` and `Confirmed`, `Practice` and `Potential`; neither for information. */
export function toTypeDetected(text: string): { typeDetected?: TypeDetected } {
  if (/^(vuln|confirmed)/i.test(text)) return { typeDetected: "Confirmed" };
  return /^(practice|potential)/i.test(text) ? { typeDetected: "Potential" } : {};
}

/** `8.1 (AV:N/AC:H/…)` or the number alone; vectors come without the prefix that names their version. */
export function toScore(text: string, version: CheckRecord["cvss"][number]["version"]): CheckRecord["cvss"] {
  const [, score, vector] = /^\s*([\d.]{1,6})\s*(?:\(([^()]{1,250})\))?\s*$/.exec(text) ?? [];
  if (score === undefined) return [];
  const isPrefixed = version === "2.0" || vector === undefined || vector.startsWith("CVSS:");
  const found = toCvss({ score, vector: isPrefixed ? vector : `CVSS:${version}/${vector}`, version });
  return found ? [found] : [];
}

const PATCHABLE: ReadonlyMap<string, boolean> = new Map([
  ["1", true],
  ["0", false],
]);

/** What the glossary of a report, and a finding of a scan, say of a QID in the same words. */
export function toDefinition(id: string, element: XmlElement, severity: Severity | null, threat: string): CheckInput {
  const exploits = childrenOf(element, "CORRELATION/EXPLOITABILITY");
  const bugtraq = childrenOf(element, "BUGTRAQ_ID_LIST/BUGTRAQ_ID").map((one) => `BID:${textOf(one, "ID")}`);
  const vendor = childrenOf(element, "VENDOR_REFERENCE_LIST/VENDOR_REFERENCE");
  return {
    id,
    title: textOf(element, "TITLE") || `QID ${id}`,
    description: [threat, textOf(element, "IMPACT") || textOf(element, "CONSEQUENCE")]
      .map(toPlainText)
      .filter((text) => text !== "" && text !== "N/A")
      .join("\n\n"),
    solution: toPlainText(textOf(element, "SOLUTION")).replace(/^N\/A$/, ""),
    severity: severity ?? 1,
    sourceSeverity: severity === null ? "" : String(severity),
    cveIds: childrenOf(element, "CVE_ID_LIST/CVE_ID").map((cve) => textOf(cve, "ID")),
    cvss: [
      ...toScore(textOf(element, "CVSS_SCORE/CVSS_BASE") || textOf(element, "CVSS_BASE"), "2.0"),
      ...toScore(textOf(element, "CVSS3_SCORE/CVSS3_BASE") || textOf(element, "CVSS3_BASE"), "3.0"),
    ],
    family: textOf(element, "CATEGORY") || null,
    publishedAt: toTime(textOf(element, "PUBLISHED")),
    isExploitAvailable: exploits.length > 0 ? true : null,
    isPatchAvailable: PATCHABLE.get(textOf(element, "PATCHABLE")) ?? null,
    references: [...vendor.map((one) => textOf(one, "URL") || textOf(one, "ID")), ...bugtraq],
  };
}
