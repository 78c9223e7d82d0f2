import type {
  Advisory,
  AdvisoryProduct,
  AdvisoryScore,
  AdvisoryVulnerability,
  ProductStanding,
} from "@breakwater/domain/ot/advisories/index";
import { cvss4BaseScore } from "@breakwater/domain/risk/index";
import type { Issue } from "../../records.ts";
import type { CsafBranch, CsafCvss, CsafDocument, CsafProduct, CsafVulnerability } from "./csaf-document.ts";
import { productStatuses } from "./csaf-schema.ts";

type TellIssue = (issue: Issue) => void;

const maxText = 20_000;

/** A document whose schema holds, as an advisory; what contradicts itself or points nowhere is told and left out. */
export function toAdvisory(csaf: CsafDocument, tell: TellIssue): Advisory {
  const { tracking, title, publisher, notes = [], references = [] } = csaf.document;
  const products = toProducts(csaf.product_tree, tell);
  const known = new Set(products.map(({ id }) => id));
  const groups = new Map((csaf.product_tree?.product_groups ?? []).map((group) => [group.group_id, group.product_ids]));
  const vulnerabilities = (csaf.vulnerabilities ?? []).map((vulnerability, index) =>
    toVulnerability(vulnerability, `vulnerabilities[${index}]`, known, groups, tell),
  );
  const own = references.filter(({ category, url }) => category === "self" && /^https?:/i.test(url));
  return {
    id: tracking.id.trim(),
    title: cut(title),
    // People want the page, not the file.
    url: (own.find(({ url }) => !url.endsWith(".json")) ?? own[0])?.url ?? null,
    publisher: cut(publisher.name),
    version: tracking.version,
    isFinal: tracking.status !== "draft",
    withdrawal: toWithdrawal(csaf.document),
    releasedAt: Date.parse(tracking.initial_release_date),
    updatedAt: Date.parse(tracking.current_release_date),
    impact: cut(notes.find((note) => note.category === "summary")?.text ?? ""),
    products,
    vulnerabilities,
  };
}

const withdrawn = /^csaf_(withdrawn|superseded)$/;
const maxReason = 500;

/**
 * CSAF 2.0 knows no status for it: publishers say so in the title, or use the categories of CSAF 2.1. The reason is the
 * note that gives one, else what the last revision says of itself.
 */
function toWithdrawal({ category, title, notes = [], tracking }: CsafDocument["document"]): string | null {
  if (!withdrawn.test(category) && !/^\W*withdrawn\b|[([]withdrawn[)\]]/i.test(title)) return null;
  const note = notes.find(({ title = "" }) => /\b(withdrawal|supersession)\b/i.test(title));
  const [last] = tracking.revision_history.toSorted((a, b) => Date.parse(b.date) - Date.parse(a.date));
  return cut(note?.text ?? last?.summary ?? title)
    .slice(0, maxReason)
    .toWellFormed();
}

function cut(text: string): string {
  return text.slice(0, maxText).toWellFormed().trim();
}

const versionCategories = new Set(["product_version", "product_version_range"]);
const detailCategories = new Set(["patch_level", "service_pack"]);

function toProducts(tree: CsafDocument["product_tree"], tell: TellIssue): AdvisoryProduct[] {
  const products = new Map<string, AdvisoryProduct>();
  const add = (product: AdvisoryProduct, where: string) => {
    if (products.has(product.id)) {
      tell(
        warning(
          "csaf-product-repeated",
          where,
          `the product id "${product.id.slice(0, 80)}" is given twice; the first counts`,
        ),
      );
    } else products.set(product.id, product);
  };
  const walk = (branch: CsafBranch, path: readonly CsafBranch[], where: string) => {
    const line = [...path, branch];
    if (branch.product) add(toProduct(branch.product, line), where);
    for (const [index, child] of (branch.branches ?? []).entries()) walk(child, line, `${where}.branches[${index}]`);
  };
  for (const [index, branch] of (tree?.branches ?? []).entries()) walk(branch, [], `product_tree.branches[${index}]`);
  for (const [index, product] of (tree?.full_product_names ?? []).entries()) {
    add(toProduct(product, []), `product_tree.full_product_names[${index}]`);
  }
  for (const [index, relationship] of (tree?.relationships ?? []).entries()) {
    const component = products.get(relationship.product_reference);
    const platform = products.get(relationship.relates_to_product_reference);
    const where = `product_tree.relationships[${index}]`;
    if (component === undefined || platform === undefined) {
      tell(
        warning("csaf-product-undefined", where, "it relates a product that the tree does not have; it was left out"),
      );
      continue;
    }
    const related = toProduct(relationship.full_product_name, []);
    add({ ...related, vendor: platform.vendor, platformId: platform.id, componentId: component.id }, where);
  }
  return [...products.values()];
}

function toProduct(product: CsafProduct, path: readonly CsafBranch[]): AdvisoryProduct {
  const nameOf = (category: string) => path.findLast((branch) => branch.category === category)?.name;
  const versions = path.filter(({ category }) => versionCategories.has(category)).map(({ name }) => name);
  const details = path.filter(({ category }) => detailCategories.has(category)).map(({ name }) => name);
  const helper = product.product_identification_helper;
  return {
    id: product.product_id,
    vendor: cut(nameOf("vendor") ?? ""),
    name: cut(nameOf("product_name") ?? nameOf("product_family") ?? product.name),
    versions: versions.length === 0 ? null : cut([versions.at(-1), ...details].join(" ")),
    modelNumbers: (helper?.model_numbers ?? []).slice(0, 100).map(cut),
    platformId: null,
    componentId: null,
  };
}

function toVulnerability(
  vulnerability: CsafVulnerability,
  where: string,
  known: ReadonlySet<string>,
  groups: ReadonlyMap<string, string[]>,
  tell: TellIssue,
): AdvisoryVulnerability {
  const cveId = vulnerability.cve ?? null;
  const remediations = (vulnerability.remediations ?? []).map(({ category, details, url, product_ids, group_ids }) => ({
    category,
    details: cut(details),
    url: url ?? null,
    productIds: [...(product_ids ?? []), ...(group_ids ?? []).flatMap((id) => groups.get(id) ?? [])],
  }));
  const note = vulnerability.notes?.find(({ category }) => category === "summary" || category === "description");
  return {
    cveId,
    title: cut(vulnerability.title ?? cveId ?? ""),
    description: cut(note?.text ?? ""),
    cweId: vulnerability.cwe?.id ?? null,
    scores: toScores(vulnerability),
    standings: toStandings(vulnerability, where, known, tell),
    remediations,
  };
}

function toStandings(
  { product_status = {} }: CsafVulnerability,
  where: string,
  known: ReadonlySet<string>,
  tell: TellIssue,
): Map<string, ProductStanding> {
  const standings = new Map<string, ProductStanding>();
  const undefinedIds = new Set<string>();
  const contradicted = new Set<string>();
  for (const [status, standing] of Object.entries(productStatuses)) {
    if (standing === null) continue;
    for (const id of product_status[status] ?? []) {
      if (!known.has(id)) undefinedIds.add(id);
      else if (standings.has(id) && standings.get(id) !== standing) contradicted.add(id);
      else standings.set(id, standing);
    }
  }
  // Nothing is decided by a document that says both.
  for (const id of contradicted) standings.set(id, "under-investigation");
  const name = (ids: Set<string>) => [...ids].slice(0, 5).join(", ").slice(0, 200);
  if (undefinedIds.size > 0) {
    tell(
      warning(
        "csaf-product-undefined",
        where,
        `the product tree does not have ${name(undefinedIds)}; the statements about it were left out`,
      ),
    );
  }
  if (contradicted.size > 0) {
    tell(
      warning(
        "csaf-status-contradictory",
        where,
        `${name(contradicted)} is called both affected and not affected; it counts as undecided`,
      ),
    );
  }
  return standings;
}

const cvss4 = /CVSS:4\.0\/AV:[NALP](?:\/[A-Z]{1,3}:[A-Za-z]+)+/g;

/** The worst score of each version: an advisory's products may be rated apart. */
function toScores({ scores = [], references = [], notes = [] }: CsafVulnerability): AdvisoryScore[] {
  const best = new Map<2 | 3 | 4, AdvisoryScore>();
  const add = (version: 2 | 3 | 4, score: number, vector: string) => {
    if (score > (best.get(version)?.score ?? -1)) best.set(version, { version, score, vector: vector.slice(0, 200) });
  };
  const addCvss = (version: 2 | 3, cvss: CsafCvss | undefined) => {
    if (cvss) add(version, cvss.baseScore, cvss.vectorString);
  };
  for (const { cvss_v2, cvss_v3 } of scores) {
    addCvss(2, cvss_v2);
    addCvss(3, cvss_v3);
  }
  // CSAF 2.0 has no place for version 4: the vector stands in a calculator's address, and its score nowhere.
  const texts = [
    ...references.map(({ url, summary }) => `${decodeLoosely(url)} ${summary}`),
    ...notes.map(({ text }) => text),
  ];
  for (const text of texts) {
    for (const [vector] of text.slice(0, 5_000).matchAll(cvss4)) {
      const score = cvss4BaseScore(vector);
      if (score !== null) add(4, score, vector);
    }
  }
  return [...best.values()].sort((a, b) => a.version - b.version);
}

function decodeLoosely(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

function warning(code: string, where: string, message: string): Issue {
  return { level: "warning", code, where, message };
}
