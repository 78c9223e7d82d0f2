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

/** What is known of names, from all sources together. It depends on the set of pairs, not on their order. */
export class Aliases {
  readonly #names = new Map<string, Set<string>>();

  constructor(pairs: Iterable<AliasPair>) {
    for (const { alias, name } of pairs) {
      const known = this.#names.get(alias);
      if (known) known.add(name);
      else this.#names.set(alias, new Set([name]));
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
    const all = direct.length === 0 ? this.#closure(own) : own;
    const cves = direct.length === 0 ? this.#cvesOf(all) : direct;
    if (cves.length === 1) return cves[0]!;
    return smallest(cves.length > 1 ? own : all);
  }

  #cvesOf(names: readonly string[]): string[] {
    return [...new Set(names.flatMap((name) => [...(this.#names.get(name) ?? [])].filter(isCve)))];
  }

  /** All aliases that lead to each other; not by way of a CVE, which may have several of one scheme. */
  #closure(names: readonly string[]): string[] {
    const found = new Set(names);
    for (const name of found) {
      for (const other of this.#names.get(name) ?? []) if (!isCve(other)) found.add(other);
    }
    return [...found];
  }
}

function smallest(names: readonly string[]): string {
  const sorted = [...names].sort();
  return sorted.find((name) => name.startsWith("GHSA-")) ?? sorted[0]!;
}
