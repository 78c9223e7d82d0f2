import type { Token, TokenTable } from "../token-table.ts";
import { token } from "../token-table.ts";
import { otHostGroups, otHostTokens } from "./ot-hosts.ts";
import { severityWords } from "./severity-words.ts";

const levels = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];
const statuses = ["NEW", "ACTIVE", "FIXED", "REOPENED"];

const detectionTokens: readonly Token[] = [
  token("vulnerabilities.qid", "integer", "Number of the advisory's check (QID).", "vulnerabilities.qid:9000017"),
  token("vulnerabilities.title", "text", "Title of the advisory.", 'vulnerabilities.title:"denial of service"'),
  token("vulnerabilities.severity", "integer", "Severity from 1 to 5.", "vulnerabilities.severity:[4 .. 5]", {
    numberWords: severityWords,
  }),
  token("vulnerabilities.criticality", "keyword", "Band of the severity.", "vulnerabilities.criticality:CRITICAL", {
    values: levels,
  }),
  token(
    "vulnerabilities.typeDetected",
    "keyword",
    "Confirmed, or potential only.",
    "vulnerabilities.typeDetected:Confirmed",
    { values: ["Confirmed", "Potential"] },
  ),
  token("vulnerabilities.status", "keyword", "State in the detection's life.", "vulnerabilities.status:[NEW, ACTIVE]", {
    values: statuses,
  }),
  token("vulnerabilities.vulnCategory", "text", "Category of the vulnerability.", "vulnerabilities.vulnCategory:ICS"),
  token("vulnerabilities.firstDetected", "date", "First detected.", "vulnerabilities.firstDetected>now-3M"),
  token(
    "vulnerabilities.lastDetected",
    "date",
    "Last detected.",
    "vulnerabilities.lastDetected:[2026-01-01 .. 2026-01-31]",
  ),
  token("vulnerabilities.cveId", "keyword", "CVE identifier.", "vulnerabilities.cveId:CVE-2019-10936", {
    storedCase: "upper",
    isMultiple: true,
  }),
  token("vulnerabilities.qds", "integer", "Detection score from 1 to 100.", "vulnerabilities.qds>=90"),
  token(
    "vulnerabilities.hardware.vendor",
    "text",
    "Vendor of the affected hardware.",
    "vulnerabilities.hardware.vendor:Siemens",
  ),
  token(
    "vulnerabilities.vulnerability.criticality",
    "keyword",
    "Band of the severity; the same as vulnerabilities.criticality.",
    "vulnerabilities.vulnerability.criticality:HIGH",
    {
      values: levels,
      field: "vulnerabilities.criticality",
    },
  ),
  token(
    "vulnerabilities.vulnerability.threatIntel",
    "keyword",
    "What is known about its use.",
    "vulnerabilities.vulnerability.threatIntel:Cisa_Known_Exploited_Vulns",
    {
      isMultiple: true,
    },
  ),
  token(
    "vulnerabilities.vulnerability.title",
    "text",
    "Title of the advisory; the same as vulnerabilities.title.",
    "vulnerabilities.vulnerability.title:overflow",
    {
      field: "vulnerabilities.title",
    },
  ),
].map((entry) => ({ ...entry, group: "vulnerabilities" }));

/** What the `filter` of OT detection lists may use: detection tokens, and the host tokens for the detection's host. */
export const otDetectionTable: TokenTable = {
  id: "ot-detections",
  title: "OT detections",
  description: "For the `filter` and `sort` of OT detection lists. The tokens of OT hosts may be used beside these.",
  tokens: [...detectionTokens, ...otHostTokens],
  groups: [
    {
      name: "vulnerabilities",
      kind: "record",
      documentation: "The detection: its prefix written once.",
      example: "vulnerabilities:(severity:5 and status:NEW)",
    },
    ...otHostGroups,
  ],
  foreign: [],
};
