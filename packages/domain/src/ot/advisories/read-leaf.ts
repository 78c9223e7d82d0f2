import type { AdvisoryProduct } from "./advisory.ts";

/** What a leaf says beside its name, put where it belongs. */
export type Leaf = {
  versions: string | null;
  modelNumbers: readonly string[];
  /** A number in the place of the versions, of which nothing more is told. */
  member: string | null;
  /** The vulnerabilities that it is about, by CVE; null: all that name it. */
  cveIds: ReadonlySet<string> | null;
};

const cveList = "CVE-\\d{4}-\\d{4,}(?:(?:[ ,]|and)+CVE-\\d{4}-\\d{4,})*";
const onlyThese = new RegExp(`\\((?:only affected by (${cveList})|(${cveList}) only)\\)`, "i");

/** Rockwell's bulletins, Phoenix Contact's item numbers, numbers that begin with three letters. */
const numberInPlace =
  /^(\d{4}[A-Z]?-[A-Z][A-Z0-9]{2,}|\d{7}|[A-Z]{3,}\d{3,}[A-Z0-9]*)(?: *\([^()]*\))?(?: *(\*)| +version (\S+))?$/;

/** Some publishers write a number, or the vulnerabilities, where the versions belong: `2404267 version 1.x`. */
export function readLeaf({ versions, modelNumbers }: AdvisoryProduct): Leaf {
  const plain: Leaf = { versions, modelNumbers, member: null, cveIds: null };
  if (versions === null) return plain;
  const only = onlyThese.exec(versions);
  if (only !== null) {
    const cveIds = new Set(only[0].toUpperCase().match(/CVE-\d+-\d+/g));
    return { ...plain, versions: versions.replace(only[0], " ").trim(), cveIds };
  }
  const [, number, all, told] = numberInPlace.exec(versions.trim()) ?? [];
  if (number === undefined) return plain;
  const own = all ?? told ?? null;
  return own === null
    ? { ...plain, versions: null, member: number }
    : { ...plain, versions: own, modelNumbers: [...modelNumbers, number] };
}
