/** "This name is also that one": a CVE, or another alias. */
export type AliasPair = { alias: string; name: string };

/**
 * Schemes whose ids each name one weakness. Those of vendors' advisories (`RHSA-…`, `DSA-…`, `USN-…`) and of checks name
 * bundles of several, and would merge what only ships together.
 */
const SCHEMES =
  /^(GHSA|OSV|PYSEC|PSF|RUSTSEC|GO|GSD|HSEC|MAL|SNYK|NSWG|BIT|CURL|RSEC|JLSEC|EEF)-[A-Z0-9][A-Z0-9:.-]{1,100}$/;

/** The names among a check's aliases by which a weakness may be recognised: upper case, sorted, without repeats. */
export function toNames(aliases: readonly string[]): string[] {
  return [...new Set(aliases.map((alias) => alias.toUpperCase()).filter((alias) => SCHEMES.test(alias)))].sort();
}

/**
 * What a check that goes by these names states. With CVEs: each name is one of them. With several the name is nobody's
 * in particular. Without a CVE: all names are of one weakness.
 */
export function toPairs(names: readonly string[], cveIds: readonly string[]): AliasPair[] {
  if (cveIds.length > 0) return names.flatMap((alias) => cveIds.map((name) => ({ alias, name })));
  const [first, ...others] = names;
  if (first === undefined) return [];
  return others.flatMap((other) => [
    { alias: first, name: other },
    { alias: other, name: first },
  ]);
}

/** Whether an issue's name is that of a CVE. */
export function isCve(name: string): boolean {
  return name.startsWith("CVE-");
}

/** Whether a check tells so much that its names tell nothing: it bundles several weaknesses. */
export function isBundle(names: readonly string[], cveIds: readonly string[]): boolean {
  return names.length * Math.max(cveIds.length, 1) > MAX_PAIRS;
}

const MAX_PAIRS = 64;
/** Aliases that lead to each other are one weakness up to so many: real ones have a handful. */
const MAX_PART_NAMES = 1000;

/** Aliases that lead to each other, and at most two of the CVEs that they lead to: more than one is as good as many. */
type Part = { cves: ReadonlySet<string>; smallest: string; isTooLarge: boolean };

/** What is known of names, from all sources together. It depends on the set of pairs, not on their order. */
export class Aliases {
  /** Other aliases. */
  readonly #others = new Map<string, string[]>();
  /** CVEs: at most two of each. */
  readonly #cves = new Map<string, Set<string>>();
  /** By each of its names, made when first needed. */
  readonly #parts = new Map<string, Part>();

  constructor(pairs: Iterable<AliasPair>) {
    for (const { alias, name } of pairs) {
      if (isCve(name)) {
        const known = this.#cves.get(alias) ?? new Set();
        if (known.size < 2) this.#cves.set(alias, known.add(name));
      } else {
        const known = this.#others.get(alias);
        if (known) known.push(name);
        else this.#others.set(alias, [name]);
      }
    }
  }

  /**
   * The one name of a weakness that goes by the names given: its CVE when they lead to exactly one, first directly, then by
   * way of other aliases. Where they lead to several, it stays what it is called: the smallest of its own names. Without
   * any CVE it is the smallest of all names it goes by. A GHSA goes before others.
   *
   * @param own at least one
   */
  canonical(own: readonly string[]): string {
    const direct = this.#cvesOf(own);
    const parts = direct.size > 0 ? [] : this.#partsOf(own);
    const cves = direct.size > 0 ? direct : new Set(parts.flatMap((part) => [...part.cves]));
    if (cves.size === 1) return [...cves][0]!;
    return smallest(cves.size > 1 ? own : [...own, ...parts.map((part) => part.smallest)]);
  }

  #cvesOf(names: Iterable<string>): Set<string> {
    const found = new Set<string>();
    for (const name of names) {
      for (const cve of this.#cves.get(name) ?? []) if (found.size < 2) found.add(cve);
    }
    return found;
  }

  /** Not by way of a CVE, which may have several aliases of one scheme. */
  #partsOf(names: readonly string[]): Part[] {
    const parts = new Set(names.map((name) => this.#parts.get(name) ?? this.#findPart(name)));
    return [...parts].filter(({ isTooLarge }) => !isTooLarge);
  }

  #findPart(start: string): Part {
    const names = new Set([start]);
    for (const name of names) for (const other of this.#others.get(name) ?? []) names.add(other);
    const isTooLarge = names.size > MAX_PART_NAMES;
    const part = { cves: this.#cvesOf(names), smallest: smallest([...names]), isTooLarge };
    for (const name of names) this.#parts.set(name, part);
    return part;
  }
}

function smallest(names: readonly string[]): string {
  const sorted = [...names].sort();
  return sorted.find((name) => name.startsWith("GHSA-")) ?? sorted[0]!;
}
