import type { Advisory, AdvisoryProduct, AdvisoryVulnerability, ProductStanding } from "./advisory.ts";
import { keysOfProduct, type NamedKey, seriesOfProduct } from "./product-keys.ts";
import { readLeaf } from "./read-leaf.ts";
import { readVersion } from "./version.ts";

/** What is said of a product under one vulnerability, and the version that mends it. */
export type CompiledStanding = {
  /** Position in the advisory's list. */
  vulnerability: number;
  standing: ProductStanding;
  /** A version from which on the vendor calls it mended; null: none is told. */
  fixedIn: string | null;
};

/** Which way products are compiled: with another number all are compiled again when their advisories are loaded again. */
export const COMPILE_RULES = 3;

/** One product of one advisory as it is matched: plain data, to be stored and found by its keys. */
export type CompiledProduct = {
  advisoryId: string;
  productId: string;
  vendor: string;
  name: string;
  versions: string | null;
  keys: readonly NamedKey[];
  /** Hardware series; empty: all. */
  series: readonly string[];
  /** For a product on a platform: what has to be installed on it; the match is by the platform. */
  component: string | null;
  standings: readonly CompiledStanding[];
};

const maxRelationDepth = 4;

/** The products of an advisory of which something is said; those without keys cannot be recognised. */
export function compileAdvisory(advisory: Advisory): CompiledProduct[] {
  const byId = new Map(advisory.products.map((product) => [product.id, product]));
  const fixes = advisory.vulnerabilities.map(fixesOf);
  const compiled: CompiledProduct[] = [];
  for (const product of advisory.products) {
    const platform = platformOf(product, byId);
    const component = product.componentId === null ? null : (byId.get(product.componentId) ?? null);
    const { cveIds, ...leaf } = readLeaf(platform);
    const standings = advisory.vulnerabilities.flatMap((vulnerability, index): CompiledStanding[] => {
      const standing = vulnerability.standings.get(product.id);
      const isMeant = cveIds === null || vulnerability.cveId === null || cveIds.has(vulnerability.cveId);
      return standing === undefined || !isMeant
        ? []
        : [{ vulnerability: index, standing, fixedIn: fixes[index]!.get(product.id) ?? null }];
    });
    if (standings.length === 0) continue;
    compiled.push({
      advisoryId: advisory.id,
      productId: product.id,
      vendor: platform.vendor.trim(),
      name: platform.name.trim(),
      versions: leaf.versions,
      keys: keysOfProduct({ ...leaf, vendor: platform.vendor, name: platform.name }),
      series: seriesOfProduct(platform.name),
      component:
        product.componentId === null
          ? null
          : [component?.name ?? product.name, component?.versions].filter(Boolean).join(" "),
      standings,
    });
  }
  return compiled;
}

/** What the product runs on in the end; itself when it stands alone. */
function platformOf(product: AdvisoryProduct, byId: ReadonlyMap<string, AdvisoryProduct>): AdvisoryProduct {
  let platform = product;
  for (let depth = 0; depth < maxRelationDepth && platform.platformId !== null; depth++) {
    platform = byId.get(platform.platformId) ?? platform;
  }
  return platform;
}

// One version, said to be the cure: texts that name several speak of more than this product.
const cure = /^(?:update|upgrade|install)(?: the)?(?: firmware)? to (?:firmware |version )?(?=v?\d)/i;

/** Versions that mend the vulnerability, by product. */
function fixesOf(vulnerability: AdvisoryVulnerability): Map<string, string> {
  const fixes = new Map<string, string>();
  for (const { category, details, productIds } of vulnerability.remediations) {
    const start = category === "vendor_fix" ? cure.exec(details.trim())?.[0] : undefined;
    if (start === undefined) continue;
    const text = details.trim().slice(start.length);
    const head = readVersion(text);
    if (head === null || !/^\s*(or (later|newer|higher)\b|[.-]?\s*$|- Download)/i.test(head.rest)) continue;
    const written = text.slice(0, text.slice(0, 200).length - head.rest.slice(0, 200).length).trim();
    for (const id of productIds) fixes.set(id, fixes.has(id) ? "" : written || text);
  }
  // Two cures are one for each of two release lines.
  for (const [id, fix] of fixes) if (fix === "") fixes.delete(id);
  return fixes;
}
