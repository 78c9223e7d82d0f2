import type { TokenTable } from "../token-table.ts";
import { token } from "../token-table.ts";

/** What the `filter` of advisory lists may use. */
export const otAdvisoryTable: TokenTable = {
  id: "ot-advisories",
  title: "OT advisories",
  description: "For the `filter` and `sort` of advisory lists.",
  tokens: [
    token("advisory.qid", "integer", "Number of the advisory's check (QID).", "advisory.qid:9000017"),
    token("advisory.id", "keyword", "Identifier that the publisher gave it.", "advisory.id:ICSA-18-310*"),
    token("advisory.title", "text", "Title.", 'advisory.title:"denial of service"'),
    token("advisory.url", "keyword", "Address of the advisory.", "advisory.url:*cisa.gov*"),
    token("advisory.publisher", "text", "Who published it.", "advisory.publisher:CISA"),
    token("advisory.version", "text", "Version of the document.", "advisory.version:`2`"),
    token("advisory.isFinal", "boolean", "Whether it is no draft.", "advisory.isFinal:false"),
    token("advisory.withdrawal", "text", "Why the publisher took it back.", "advisory.withdrawal is not null"),
    token("advisory.releasedDate", "date", "First released.", "advisory.releasedDate>now-1y"),
    token("advisory.updatedDate", "date", "Last updated by the publisher.", "advisory.updatedDate>now-1M"),
    token("advisory.importedDate", "date", "Last imported with something new.", "advisory.importedDate>now-7d"),
    token("advisory.cveId", "keyword", "CVE identifier.", "advisory.cveId:CVE-2019-10936", {
      storedCase: "upper",
      isMultiple: true,
    }),
    token("advisory.productCount", "integer", "Products of which it says something.", "advisory.productCount>0"),
    token(
      "advisory.recognizableProductCount",
      "integer",
      "Products that a number, a line or a family tells.",
      "advisory.recognizableProductCount:0",
    ),
    token("advisory.detectionCount", "integer", "Open detections in scope.", "advisory.detectionCount>0"),
  ],
  groups: [],
  foreign: [],
};
