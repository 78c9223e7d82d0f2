// The members of a CSAF 2.0 document that are read, after the schema was checked.

export type CsafProduct = {
  name: string;
  product_id: string;
  product_identification_helper?: { model_numbers?: string[]; skus?: string[] };
};

export type CsafBranch = { category: string; name: string; product?: CsafProduct; branches?: CsafBranch[] };

export type CsafNote = { category: string; text: string; title?: string };
export type CsafReference = { category?: string; summary: string; url: string };

export type CsafRemediation = {
  category: string;
  details: string;
  url?: string;
  product_ids?: string[];
  group_ids?: string[];
};

export type CsafCvss = { version?: string; vectorString: string; baseScore: number };

export type CsafVulnerability = {
  cve?: string;
  cwe?: { id: string; name: string };
  title?: string;
  notes?: CsafNote[];
  references?: CsafReference[];
  product_status?: Record<string, string[]>;
  remediations?: CsafRemediation[];
  scores?: { products: string[]; cvss_v2?: CsafCvss; cvss_v3?: CsafCvss }[];
};

export type CsafDocument = {
  document: {
    category: string;
    title: string;
    publisher: { name: string };
    notes?: CsafNote[];
    references?: CsafReference[];
    tracking: {
      id: string;
      version: string;
      status: string;
      initial_release_date: string;
      current_release_date: string;
      revision_history: { date: string; summary: string }[];
    };
  };
  product_tree?: {
    branches?: CsafBranch[];
    full_product_names?: CsafProduct[];
    product_groups?: { group_id: string; product_ids: string[] }[];
    relationships?: {
      category: string;
      full_product_name: CsafProduct;
      product_reference: string;
      relates_to_product_reference: string;
    }[];
  };
  vulnerabilities?: CsafVulnerability[];
};
