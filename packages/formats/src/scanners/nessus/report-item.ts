import type { CheckRecord, CvssScore, Severity } from "../../records.ts";
import { parsePluginDate } from "./dates.ts";
import { cutText } from "./text-field.ts";

/** The attributes of a ReportItem, checked. */
export type ItemHead = {
  pluginId: string;
  port: number | null;
  protocol: string | null;
  /** As written, `0` to `4`, or null when it is something else. */
  severity: string | null;
  /** Of the check; empty where it is not to be told. */
  title: string;
  family: string | null;
  line: number;
};

/** Text of the item's wanted children by element name; an element may occur several times. */
export type ItemFields = ReadonlyMap<string, readonly string[]>;

const COMPLIANCE_FAMILIES = new Set(["Policy Compliance"]);
const OUTPUT_FIELDS = ["plugin_output"];
const CHECK_FIELDS = [
  "bid",
  "cve",
  "cvss3_base_score",
  "cvss3_vector",
  "cvss4_base_score",
  "cvss4_vector",
  "cvss_base_score",
  "cvss_vector",
  "cwe",
  "description",
  "exploit_available",
  "patch_publication_date",
  "plugin_name",
  "plugin_publication_date",
  "risk_factor",
  "see_also",
  "solution",
  "synopsis",
  "xref",
];
const COMPLIANCE_FIELDS = [
  "cm:compliance-actual-value",
  "cm:compliance-check-id",
  "cm:compliance-check-name",
  "cm:compliance-info",
  "cm:compliance-reference",
  "cm:compliance-result",
  "cm:compliance-see-also",
  "cm:compliance-solution",
];

/** Which children to read: of a check already told, only what differs from host to host. */
export const knownCheckFields: ReadonlySet<string> = new Set(OUTPUT_FIELDS);
export const newCheckFields: ReadonlySet<string> = new Set([...OUTPUT_FIELDS, ...CHECK_FIELDS]);
export const complianceFields: ReadonlySet<string> = new Set([...newCheckFields, ...COMPLIANCE_FIELDS]);

const MAX_TITLE_CHARS = 1000;
const VECTOR = /^[A-Za-z0-9:./]{1,250}$/;
const SEVERITIES: Readonly<Record<string, Severity>> = { "0": 1, "1": 2, "2": 3, "3": 4, "4": 5 };
const RISK_FACTORS: Readonly<Record<string, Severity>> = { none: 1, low: 2, medium: 3, high: 4, critical: 5 };

export function isCompliance(head: ItemHead): boolean {
  return head.family !== null && COMPLIANCE_FAMILIES.has(head.family);
}

export function isSeverity(text: string | null): boolean {
  return text !== null && Object.hasOwn(SEVERITIES, text);
}

/** @param text as {@link isSeverity} takes it; anything else is the lowest */
export function severityOf(text: string | null): Severity {
  return SEVERITIES[text ?? ""] ?? 1;
}

/** Nessus counts from 0 informational to 4 critical, the product from 1 to 5. */
export function toCheck(id: string, head: ItemHead, fields: ItemFields): CheckRecord {
  const risk = first(fields, "risk_factor").toLowerCase();
  const patchPublishedAt = parsePluginDate(first(fields, "patch_publication_date"));
  const exploit = first(fields, "exploit_available").toLowerCase();
  return {
    id,
    title: cutText(firstOf(fields, "plugin_name") ?? (head.title || `Plugin ${head.pluginId}`), MAX_TITLE_CHARS),
    description: firstOf(fields, "description", "synopsis") ?? "",
    solution: first(fields, "solution"),
    severity: SEVERITIES[head.severity ?? ""] ?? RISK_FACTORS[risk] ?? 1,
    sourceSeverity: head.severity ?? cutText(risk, MAX_TITLE_CHARS),
    cveIds: cveIds(fields),
    cweIds: cweIds(fields),
    cvss: cvssScores(fields),
    family: head.family,
    publishedAt: parsePluginDate(first(fields, "plugin_publication_date")),
    patchPublishedAt,
    isExploitAvailable: exploit === "true" ? true : exploit === "false" ? false : null,
    isPatchAvailable: patchPublishedAt === null ? null : true,
    references: references(fields),
  };
}

/** One trimmed value of an element that occurs once; empty when it is absent. */
export function first(fields: ItemFields, name: string): string {
  return fields.get(name)?.[0]?.trim() ?? "";
}

/** The first of several elements that has text. */
export function firstOf(fields: ItemFields, ...names: string[]): string | null {
  for (const name of names) {
    const value = first(fields, name);
    if (value !== "") return value;
  }
  return null;
}

/** Every value of an element, which may itself hold one a line. */
export function lines(fields: ItemFields, name: string): string[] {
  const values = fields.get(name) ?? [];
  return values.flatMap((value) => value.split("\n").map((line) => line.trim())).filter((line) => line !== "");
}

function cveIds(fields: ItemFields): string[] {
  const ids = lines(fields, "cve").map((id) => id.toUpperCase());
  return sortedUnique(ids.filter((id) => /^CVE-\d{4}-\d{4,}$/.test(id)));
}

/** From `cwe` elements (`79`) and cross references (`CWE:79`). */
function cweIds(fields: ItemFields): string[] {
  const xrefs = lines(fields, "xref").filter((line) => /^CWE[:-]/i.test(line));
  const numbers = [...lines(fields, "cwe"), ...xrefs].map((line) => /(\d+)$/.exec(line)?.[1]);
  const ids = numbers.filter((number) => number !== undefined).map((number) => Number(number));
  return [...new Set(ids)].sort((a, b) => a - b).map((id) => `CWE-${id}`);
}

function cvssScores(fields: ItemFields): CvssScore[] {
  const found = [
    cvssScore(fields, "cvss", () => "2.0"),
    cvssScore(fields, "cvss3", (vector) => (vector?.startsWith("CVSS:3.1/") ? "3.1" : "3.0")),
    cvssScore(fields, "cvss4", () => "4.0"),
  ];
  return found.filter((score) => score !== null);
}

function cvssScore(
  fields: ItemFields,
  prefix: string,
  versionOf: (vector: string | null) => CvssScore["version"],
): CvssScore | null {
  const text = first(fields, `${prefix}_vector`).replace(/^\(?CVSS2#|\)$/g, "");
  const vector = VECTOR.test(text) ? text : null;
  const score = Number(first(fields, `${prefix}_base_score`) || Number.NaN);
  const isScore = score >= 0 && score <= 10;
  if (vector === null && !isScore) return null;
  return { version: versionOf(vector), vector, score: isScore ? score : null };
}

/** Links as they are, then Bugtraq ids and cross references as `SCHEME:id`. */
function references(fields: ItemFields): string[] {
  const xrefs = lines(fields, "xref").filter((line) => !/^CWE[:-]/i.test(line));
  const bids = lines(fields, "bid").map((id) => `BID:${id}`);
  const links = [...lines(fields, "see_also"), ...lines(fields, "cm:compliance-see-also")];
  return [...new Set([...links, ...bids, ...xrefs, ...lines(fields, "cm:compliance-reference")])];
}

function sortedUnique(values: string[]): string[] {
  return [...new Set(values)].sort();
}
