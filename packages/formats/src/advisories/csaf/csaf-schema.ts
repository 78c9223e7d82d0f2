import { anyMember, type Check, list, matching, object, oneOf, text } from "./shape.ts";

// The rules of https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json, member by member, except the inside of
// CVSS objects, of which the score and the vector are checked, and acknowledgments, which are not read.

const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const date: Check = (value, path, problems) => {
  const isDate = typeof value === "string" && written.test(value) && !Number.isNaN(Date.parse(value));
  if (!isDate) problems.push(`${path}: must be a date and time with its zone`);
};
const version = matching(
  /^(0|[1-9]\d*)$|^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/,
  "an integer or semantic version",
);
const uri = matching(/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/, "a URI");
const languageTag = matching(/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/, "a language tag");
const productIds = list(text, { isSet: true });

const note = object(
  {
    category: oneOf("description", "details", "faq", "general", "legal_disclaimer", "other", "summary"),
    text,
  },
  { audience: text, title: text },
);
const reference = object({ summary: text, url: uri }, { category: oneOf("external", "self") });

const tracking = object(
  {
    current_release_date: date,
    id: matching(/^\S(.*\S)?$/, "text without blanks at its ends"),
    initial_release_date: date,
    revision_history: list(object({ date, number: version, summary: text }, { legacy_version: text })),
    status: oneOf("draft", "final", "interim"),
    version,
  },
  {
    aliases: list(text, { isSet: true }),
    generator: object({ engine: object({ name: text }, { version: text }) }, { date }),
  },
);

const documentShape = object(
  {
    category: matching(/^[^\s\-_.](.*[^\s\-_.])?$/, "a category"),
    csaf_version: oneOf("2.0"),
    publisher: object(
      {
        category: oneOf("coordinator", "discoverer", "other", "translator", "user", "vendor"),
        name: text,
        namespace: uri,
      },
      { contact_details: text, issuing_authority: text },
    ),
    title: text,
    tracking,
  },
  {
    aggregate_severity: object({ text }, { namespace: uri }),
    distribution: object(
      {},
      { text, tlp: object({ label: oneOf("AMBER", "GREEN", "RED", "WHITE") }, { url: uri }) },
      anyMember("text", "tlp"),
    ),
    lang: languageTag,
    source_lang: languageTag,
    notes: list(note),
    references: list(reference),
  },
);

const helper = object(
  {},
  {
    cpe: matching(/^cpe:/, "a CPE"),
    hashes: list(
      object({
        file_hashes: list(object({ algorithm: text, value: matching(/^[0-9a-fA-F]{32,}$/, "a hash") })),
        filename: text,
      }),
    ),
    model_numbers: list(text, { isSet: true }),
    purl: matching(/^pkg:/, "a package URL"),
    sbom_urls: list(uri),
    serial_numbers: list(text, { isSet: true }),
    skus: list(text),
    x_generic_uris: list(object({ namespace: uri, uri })),
  },
);
const product = object({ name: text, product_id: text }, { product_identification_helper: helper });

/** Deeper trees are refused by the reader before they come here. */
const branch: Check = (value, path, problems) => branchShape(value, path, problems);
const branchShape = object(
  {
    category: oneOf(
      "architecture",
      "host_name",
      "language",
      "legacy",
      "patch_level",
      "product_family",
      "product_name",
      "product_version",
      "product_version_range",
      "service_pack",
      "specification",
      "vendor",
    ),
    name: text,
  },
  { product, branches: list(branch) },
  anyMember("product", "branches"),
);

const productTree = object(
  {},
  {
    branches: list(branch),
    full_product_names: list(product),
    product_groups: list(
      object({ group_id: text, product_ids: list(text, { min: 2, isSet: true }) }, { summary: text }),
    ),
    relationships: list(
      object({
        category: oneOf(
          "default_component_of",
          "external_component_of",
          "installed_on",
          "installed_with",
          "optional_component_of",
        ),
        full_product_name: product,
        product_reference: text,
        relates_to_product_reference: text,
      }),
    ),
  },
  anyMember("branches", "full_product_names", "product_groups", "relationships"),
);

const forProducts = { product_ids: productIds, group_ids: productIds };

const cvss: Check = object({ vectorString: text, baseScore: score }, { version: oneOf("2.0", "3.0", "3.1") });

function score(value: unknown, path: string, problems: string[]): void {
  if (typeof value !== "number" || value < 0 || value > 10) problems.push(`${path}: must be a number from 0 to 10`);
}

/** Kinds of product status, and what each says of a product. */
export const productStatuses = {
  first_affected: "affected",
  known_affected: "affected",
  last_affected: "affected",
  first_fixed: "not-affected",
  fixed: "not-affected",
  known_not_affected: "not-affected",
  recommended: null,
  under_investigation: "under-investigation",
} as const;

const statusNames = Object.keys(productStatuses);

const vulnerability = object(
  {},
  {
    cve: matching(/^CVE-\d{4}-\d{4,}$/, "a CVE identifier"),
    cwe: object({ id: matching(/^CWE-[1-9]\d{0,5}$/, "a CWE identifier"), name: text }),
    discovery_date: date,
    release_date: date,
    flags: list(object({ label: text }, forProducts)),
    ids: list(object({ system_name: text, text })),
    involvements: list(object({ party: text, status: text })),
    notes: list(note),
    product_status: object(
      {},
      Object.fromEntries(statusNames.map((name) => [name, productIds])),
      anyMember(...statusNames),
    ),
    references: list(reference),
    remediations: list(
      object(
        {
          category: oneOf("mitigation", "no_fix_planned", "none_available", "vendor_fix", "workaround"),
          details: text,
        },
        { ...forProducts, date, entitlements: list(text), url: uri },
      ),
    ),
    scores: list(object({ products: productIds }, { cvss_v2: cvss, cvss_v3: cvss }, anyMember("cvss_v2", "cvss_v3"))),
    threats: list(
      object({ category: oneOf("exploit_status", "impact", "target_set"), details: text }, { ...forProducts, date }),
    ),
    title: text,
  },
);

const csaf = object({ document: documentShape }, { product_tree: productTree, vulnerabilities: list(vulnerability) });

/** What is wrong with a document, at most twenty things, each with its path; empty: it is a CSAF 2.0 document. */
export function findSchemaProblems(document: unknown): string[] {
  const problems: string[] = [];
  csaf(document, "", problems);
  return problems;
}
