import type { Hardware } from "../fields.ts";
import type { CompiledProduct, CompiledStanding } from "./compile-advisory.ts";
import { evaluateExpression, type RangeVerdict } from "./evaluate-expression.ts";
import { matchesPattern } from "./number-pattern.ts";
import {
  isNumberKey,
  isSureKey,
  type KeyKind,
  keyKinds,
  keysOfHardware,
  kindOfKey,
  type NamedKey,
  numbersOfHardware,
  type ProductKey,
  splitSeries,
} from "./product-keys.ts";
import { compareVersions, parseVersion, type Version } from "./version.ts";
import { parseVersionExpression, type VersionExpression } from "./version-expression.ts";

/** A piece of hardware of a host: the host itself, or a module behind it (`slot 3`). */
export type MatchedDevice = {
  place: string | null;
  hardware: Hardware;
  /** False: the version was configured, and nothing holds the installed one to it. It clears, but does not confirm. */
  isFirmwareProven: boolean;
};

/** Why a verdict fell: enough to follow it by hand. */
export type MatchEvidence = {
  /** Of the advisory's leaf. */
  productId: string;
  product: string;
  matchedBy: KeyKind;
  key: string;
  /** Module of the host; null: the host itself. */
  place: string | null;
  installedVersion: string | null;
  statedVersions: string | null;
  comparison: string;
};

export type Verdict = "affected" | "not-affected" | "undecidable";

export type VulnerabilityVerdict = {
  /** Position in the advisory's list. */
  vulnerability: number;
  verdict: Verdict;
  evidence: MatchEvidence;
};

/** What one advisory means for one host; vulnerabilities of which it says nothing are not in it. */
export type AdvisoryVerdict = { advisoryId: string; verdicts: VulnerabilityVerdict[] };

/** Products by key. A map, or what a database found for the keys of a host. */
export type ProductsByKey = { get(key: ProductKey): readonly CompiledProduct[] | undefined };

/** All keys that a host can be found by: its own and its modules'. */
export function keysOfHost(devices: readonly MatchedDevice[]): ProductKey[] {
  return [...new Set(devices.flatMap(({ hardware }) => keysOfHardware(hardware)))];
}

/** Indexes products by their keys. */
export function indexProducts(products: Iterable<CompiledProduct>): Map<ProductKey, CompiledProduct[]> {
  const index = new Map<ProductKey, CompiledProduct[]>();
  for (const product of products) {
    for (const { key } of product.keys) {
      const known = index.get(key);
      if (known === undefined) index.set(key, [product]);
      else known.push(product);
    }
  }
  return index;
}

/** What one statement comes to for one device. */
type Opinion = { says: Verdict | "cleared" | "nothing"; rank: number; evidence: MatchEvidence };

/**
 * The verdicts of all advisories that name a host, by advisory id. Per vulnerability the surest key decides; between
 * statements of one key affected beats undecidable beats not affected, but a statement that clears this very version
 * beats an undecidable one, and against an affected one nothing is decided.
 */
export function matchHost(devices: readonly MatchedDevice[], products: ProductsByKey): AdvisoryVerdict[] {
  const byAdvisory = new Map<string, Map<number, VulnerabilityVerdict>>();
  for (const device of devices) {
    for (const [advisoryId, opinions] of opinionsOn(device, products)) {
      const verdicts = byAdvisory.get(advisoryId) ?? new Map<number, VulnerabilityVerdict>();
      byAdvisory.set(advisoryId, verdicts);
      for (const [vulnerability, about] of opinions) {
        const decided = decide(about);
        const known = verdicts.get(vulnerability);
        if (decided === null || (known && weightOf[known.verdict] >= weightOf[decided.verdict])) continue;
        verdicts.set(vulnerability, { vulnerability, ...decided });
      }
    }
  }
  return [...byAdvisory]
    .filter(([, verdicts]) => verdicts.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([advisoryId, verdicts]) => ({
      advisoryId,
      verdicts: [...verdicts.values()].sort((a, b) => a.vulnerability - b.vulnerability),
    }));
}

const weightOf: Record<Verdict, number> = { affected: 2, undecidable: 1, "not-affected": 0 };

function opinionsOn(device: MatchedDevice, products: ProductsByKey): Map<string, Map<number, Opinion[]>> {
  const found = new Map<string, Map<number, Opinion[]>>();
  const seen = new Set<CompiledProduct>();
  const version = device.hardware.firmwareVersion === null ? null : parseVersion(device.hardware.firmwareVersion);
  const series = seriesOf(device.hardware);
  const numbers = [...numbersOfHardware(device.hardware)];
  const hasNumber = (device.hardware.orderNumber ?? device.hardware.catalogNumber) !== null;
  for (const key of keysOfHardware(device.hardware)) {
    const known = products.get(key);
    if (known === undefined) continue;
    const isForNameless = hasNumber && !isSureKey(key);
    for (const product of known) {
      if (seen.has(product)) continue;
      const named = product.keys.find((candidate) => candidate.key === key && isMeant(candidate, numbers));
      // Where both sides have a number, the number decides who is meant, and not the name.
      if (named === undefined || (isForNameless && product.keys.some((own) => isNumberKey(own.key)))) continue;
      seen.add(product);
      if (series !== null && product.series.length > 0 && !product.series.includes(series)) continue;
      const advisory = found.get(product.advisoryId) ?? new Map<number, Opinion[]>();
      found.set(product.advisoryId, advisory);
      const reading = weaken(readProduct(product, named, version, series), product, device);
      const evidence = toEvidence(device, product, key, reading);
      for (const standing of product.standings) {
        const about = advisory.get(standing.vulnerability) ?? [];
        advisory.set(standing.vulnerability, about);
        about.push(toOpinion(standing, version, reading, evidence));
      }
    }
  }
  return found;
}

/** Products that were stored before patterns were have none. */
function isMeant({ pattern }: Partial<NamedKey>, numbers: readonly string[]): boolean {
  return pattern == null || numbers.some((number) => matchesPattern(pattern, number));
}

function seriesOf({ catalogNumber, orderNumber, model }: Hardware): string | null {
  for (const text of [catalogNumber, orderNumber, model]) {
    const series = text === null ? null : splitSeries(text).series;
    if (series !== null) return series;
  }
  return null;
}

type Reading = { verdict: RangeVerdict; reason: string };

function readProduct(
  product: CompiledProduct,
  named: NamedKey,
  version: Version | null,
  series: string | null,
): Reading {
  const own = readVersions(product.versions, version);
  if (own.verdict === "outside") return own;
  if (named.versions !== null) {
    const narrowed = readVersions(named.versions, version);
    if (narrowed.verdict !== "inside") return { ...narrowed, reason: `the product's name: ${narrowed.reason}` };
  }
  if (!isSureKey(named.key) && own.verdict === "inside") {
    return { verdict: "undecidable", reason: `only the name agrees, and ${own.reason}` };
  }
  if (product.component !== null) {
    return { verdict: "undecidable", reason: `it is not known whether ${product.component} is installed on it` };
  }
  if (product.series.length > 0 && series === null) {
    return {
      verdict: "undecidable",
      reason: `the statement is for series ${product.series.join(", ")}, and the device's is not known`,
    };
  }
  return own;
}

function weaken(reading: Reading, product: CompiledProduct, { isFirmwareProven }: MatchedDevice): Reading {
  if (isFirmwareProven || reading.verdict !== "inside") return reading;
  const isForAll = product.versions !== null && expressionOf(product.versions).kind === "all";
  return isForAll
    ? reading
    : { verdict: "undecidable", reason: "the version was configured and is not proven to be installed" };
}

const maxParsed = 20_000;
const parsed = new Map<string, VersionExpression>();

/** The same few thousand expressions stand in all advisories. */
function expressionOf(text: string): VersionExpression {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const expression = parseVersionExpression(text);
  if (parsed.size >= maxParsed) parsed.clear();
  parsed.set(text, expression);
  return expression;
}

function readVersions(text: string | null, version: Version | null): Reading {
  if (text === null) return { verdict: "undecidable", reason: "the advisory names no versions" };
  const expression = expressionOf(text);
  const verdict = evaluateExpression(expression, version);
  return { verdict, reason: explain(expression, verdict, version) };
}

function explain(expression: VersionExpression, verdict: RangeVerdict, version: Version | null): string {
  if (expression.kind === "all") return "all versions are meant";
  if (expression.kind === "none") return "no version is meant";
  if (verdict === "undecidable") {
    if (expression.kind === "unreadable") return expression.reason;
    if (version === null) return "the device's version is not known or not readable";
    if (expression.kind === "conditional") return `holds under a condition: ${expression.condition.slice(0, 200)}`;
    return "the stated versions leave open whether this one is meant";
  }
  return verdict === "inside" ? "the version is in the stated range" : "the version is outside the stated range";
}

function toEvidence(device: MatchedDevice, product: CompiledProduct, key: ProductKey, reading: Reading): MatchEvidence {
  return {
    productId: product.productId,
    product: `${product.vendor}: ${product.name}`,
    matchedBy: kindOfKey(key),
    key: key.split(":").slice(2).join(":"),
    place: device.place,
    installedVersion: device.hardware.firmwareVersion,
    statedVersions: product.versions,
    comparison: reading.reason,
  };
}

function toOpinion(
  { standing, fixedIn }: CompiledStanding,
  version: Version | null,
  { verdict }: Reading,
  evidence: MatchEvidence,
): Opinion {
  const rank = keyKinds.indexOf(evidence.matchedBy);
  const isMended = verdict !== "outside" && standing !== "not-affected" && isCured(fixedIn, version);
  if (!isMended) return { says: saysOf(standing, verdict), rank, evidence };
  return {
    says: "cleared",
    rank,
    evidence: { ...evidence, comparison: `the vendor calls it mended from ${fixedIn} on` },
  };
}

function isCured(fixedIn: string | null, version: Version | null): boolean {
  const fix = fixedIn === null || version === null ? null : parseVersion(fixedIn);
  if (fix === null || version === null) return false;
  const comparison = compareVersions(version, fix);
  return comparison === "equal" || comparison === "greater";
}

function saysOf(standing: CompiledStanding["standing"], verdict: RangeVerdict): Opinion["says"] {
  if (standing === "not-affected") return verdict === "inside" ? "cleared" : "nothing";
  if (verdict === "outside") return "not-affected";
  return standing === "affected" && verdict === "inside" ? "affected" : "undecidable";
}

function decide(opinions: readonly Opinion[]): { verdict: Verdict; evidence: MatchEvidence } | null {
  const speaking = opinions.filter(({ says }) => says !== "nothing");
  const best = Math.min(...speaking.map(({ rank }) => rank));
  const counted = speaking.filter(({ rank }) => rank === best);
  const find = (says: Opinion["says"]) => counted.find((opinion) => opinion.says === says)?.evidence;
  const [affected, undecidable, cleared] = [find("affected"), find("undecidable"), find("cleared")];
  if (affected && cleared) {
    return {
      verdict: "undecidable",
      evidence: { ...affected, comparison: `another statement says: ${cleared.comparison}` },
    };
  }
  if (affected) return { verdict: "affected", evidence: affected };
  if (cleared) return { verdict: "not-affected", evidence: cleared };
  if (undecidable) return { verdict: "undecidable", evidence: undecidable };
  const outside = find("not-affected");
  return outside ? { verdict: "not-affected", evidence: outside } : null;
}
