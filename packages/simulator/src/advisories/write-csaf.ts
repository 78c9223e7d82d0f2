/** A product of an advisory; its id is `P1`, `P2`, … by place. */
export type CsafProductPlan = {
  vendor: string;
  name: string;
  /** As advisories write it: `vers:all/<V3.2.16`. */
  versions: string;
  modelNumbers?: readonly string[];
};

export type CsafPlan = {
  id: string;
  title: string;
  /** ISO 8601; when it was published. */
  releasedAt?: string;
  /** ISO 8601; default: when it was published. */
  updatedAt?: string;
  status?: "draft" | "final" | "interim";
  products: readonly CsafProductPlan[];
  /** One per CVE; places of products from 1. */
  vulnerabilities: readonly {
    cve: string;
    score?: number;
    affected?: readonly number[];
    notAffected?: readonly number[];
    fix?: string;
  }[];
};

/** Writes a made-up CSAF 2.0 document laid out as the public ICS advisories are. */
export function writeCsaf(plan: CsafPlan): string {
  const { releasedAt = "2025-01-14T00:00:00.000000Z", updatedAt = releasedAt, status = "final" } = plan;
  const idOf = (place: number) => `P${place}`;
  return JSON.stringify({
    document: {
      category: "csaf_security_advisory",
      csaf_version: "2.0",
      lang: "en-US",
      notes: [{ category: "summary", text: "An attacker could stop the device.", title: "Risk evaluation" }],
      publisher: { category: "coordinator", name: "Example CERT", namespace: "https://cert.example/" },
      references: [
        { category: "self", summary: plan.id, url: `https://cert.example/csaf/${plan.id.toLowerCase()}.json` },
        { category: "self", summary: plan.id, url: `https://cert.example/advisories/${plan.id.toLowerCase()}` },
      ],
      title: plan.title,
      tracking: {
        id: plan.id,
        status,
        version: "1",
        initial_release_date: releasedAt,
        current_release_date: updatedAt,
        revision_history: [{ date: releasedAt, number: "1", summary: "Initial" }],
      },
    },
    product_tree: {
      branches: plan.products.map(({ vendor, name, versions, modelNumbers }, index) => ({
        category: "vendor",
        name: vendor,
        branches: [
          {
            category: "product_name",
            name,
            branches: [
              {
                category: "product_version_range",
                name: versions,
                product: {
                  name,
                  product_id: idOf(index + 1),
                  ...(modelNumbers ? { product_identification_helper: { model_numbers: modelNumbers } } : {}),
                },
              },
            ],
          },
        ],
      })),
    },
    vulnerabilities: plan.vulnerabilities.map(({ cve, score = 7.5, affected = [], notAffected = [], fix }) => ({
      cve,
      cwe: { id: "CWE-400", name: "Uncontrolled Resource Consumption" },
      notes: [{ category: "summary", text: `A crafted packet stops the device (${cve}).`, title: "Summary" }],
      product_status: {
        ...(affected.length > 0 ? { known_affected: affected.map(idOf) } : {}),
        ...(notAffected.length > 0 ? { known_not_affected: notAffected.map(idOf) } : {}),
      },
      remediations: fix ? [{ category: "vendor_fix", details: fix, product_ids: affected.map(idOf) }] : undefined,
      scores: [
        {
          cvss_v3: {
            version: "3.1",
            vectorString: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
            baseScore: score,
            baseSeverity: "HIGH",
          },
          products: affected.length > 0 ? affected.map(idOf) : notAffected.map(idOf),
        },
      ],
    })),
  });
}
