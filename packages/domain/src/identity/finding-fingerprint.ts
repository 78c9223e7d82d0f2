import { hash } from "node:crypto";
import { isCve } from "./aliases.ts";

/** What is wrong: a CVE, else an alias that sources share, else a product's own check. */
export type Issue = { cveId: string } | { alias: string } | { product: string; checkId: string };

/** Where on the asset. */
export type FindingLocation = { port: number | null; protocol: string | null; instance: string | null };

/** Changes when the rule below changes; stored findings then have to be re-keyed. */
export const FINGERPRINT_VERSION = 1;

/**
 * Names a finding within its asset: the same issue at the same location, whatever its severity, its prose, its source
 * or the asset's name of the day.
 *
 * @returns a UUID of version 8 (RFC 9562): the first 122 free bits of a SHA-256
 */
export function findingFingerprint(issue: Issue, location: FindingLocation): string {
  const key = toKey(issue);
  const place = [location.port, location.protocol?.toLowerCase() ?? null, location.instance];
  return toUuid(hash("sha256", JSON.stringify([FINGERPRINT_VERSION, ...key, ...place]), "hex"));
}

function toKey(issue: Issue): string[] {
  if ("cveId" in issue) return ["cve", issue.cveId.toUpperCase()];
  if ("alias" in issue) return ["alias", issue.alias];
  return ["check", issue.product.toLowerCase(), issue.checkId];
}

/** The issue that goes by a canonical name ({@link Aliases.canonical}). */
export function toNamedIssue(name: string): Issue {
  return isCve(name) ? { cveId: name } : { alias: name };
}

/**
 * The issues a source's finding is about: one for each CVE of its check, else what its names stand for, else the check
 * itself.
 *
 * @param check.name canonical; null without an alias
 */
export function toIssues(check: {
  product: string;
  id: string;
  cveIds: readonly string[];
  name?: string | null;
}): Issue[] {
  if (check.cveIds.length === 0)
    return [check.name ? toNamedIssue(check.name) : { product: check.product, checkId: check.id }];
  return [...new Set(check.cveIds.map((id) => id.toUpperCase()))].sort().map((cveId) => ({ cveId }));
}

function toUuid(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
