/** A score of one vulnerability. `version` is 2, 3 or 4. */
export type AdvisoryScore = { version: 2 | 3 | 4; score: number; vector: string };

export type AdvisoryRemediation = {
  /** `vendor_fix`, `mitigation`, `workaround`, `none_available`, `no_fix_planned`. */
  category: string;
  details: string;
  url: string | null;
  /** Empty: for all products. */
  productIds: string[];
};

/** What an advisory says of a product under one vulnerability. */
export type ProductStanding = "affected" | "not-affected" | "under-investigation";

export type AdvisoryVulnerability = {
  cveId: string | null;
  title: string;
  description: string;
  cweId: string | null;
  scores: AdvisoryScore[];
  /** By product id. */
  standings: ReadonlyMap<string, ProductStanding>;
  remediations: AdvisoryRemediation[];
};

/** A product as the tree names it, by its leaf. */
export type AdvisoryProduct = {
  id: string;
  vendor: string;
  name: string;
  /** The version or range as written; null: the leaf names none. */
  versions: string | null;
  modelNumbers: string[];
  /** The product this one is installed on or comes with, by its id; null: it stands alone. */
  platformId: string | null;
  /** Of a product on a platform: the product itself, by its id. */
  componentId: string | null;
};

/** One security advisory, whatever format it came in. Times are epoch milliseconds. */
export type Advisory = {
  /** The publisher's identifier: `ICSA-18-310-02`. */
  id: string;
  title: string;
  url: string | null;
  publisher: string;
  version: string;
  isFinal: boolean;
  /** Why the publisher took it back; null: it stands. */
  withdrawal: string | null;
  releasedAt: number;
  updatedAt: number;
  /** What an attacker may gain. */
  impact: string;
  products: AdvisoryProduct[];
  vulnerabilities: AdvisoryVulnerability[];
};
