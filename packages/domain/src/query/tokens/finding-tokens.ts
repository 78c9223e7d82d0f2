import type { Token } from "../token-table.ts";
import { token } from "../token-table.ts";
import { findingContextTokens } from "./finding-context-tokens.ts";
import { severityWords } from "./severity-words.ts";

const levels = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];
const types = ["VULNERABILITY", "MISCONFIGURATION", "SECRET"];
const statuses = ["NEW", "ACTIVE", "REOPENED", "FIXED", "PROTECTED", "RETEST"];

const identity: Token[] = [
  token(
    "finding.id",
    "keyword",
    "Identifier of the finding, stable across imports.",
    "finding.id:`5f1c2f9e-6f4b-4c58-9f3d-0a4f0c1f7a11`",
    { storedCase: "lower" },
  ),
  token(
    "finding.externalFindingId",
    "keyword",
    "Identifier that the source gave the finding.",
    "finding.externalFindingId:`F-1029`",
  ),
  token("finding.title", "text", "Title of the finding.", 'finding.title:"remote code execution"'),
  token("finding.description", "text", "Description of the finding.", "finding.description:overflow"),
  token("finding.type", "keyword", "Kind of finding.", "finding.type:VULNERABILITY", { values: types }),
  token("finding.subType", "keyword", "Kind of finding within its type.", "finding.subType:`Weak cipher`"),
  token(
    "finding.instance",
    "text",
    "Where on the asset: a path, component or other place.",
    'finding.instance:"/usr/lib/libssl.so"',
  ),
  token("finding.port", "integer", "Port on which it was found.", "finding.port:443"),
  token("finding.protocol", "keyword", "Transport protocol of the port.", "finding.protocol:tcp", {
    storedCase: "lower",
  }),
];

const rating: Token[] = [
  token("finding.severity", "integer", "Severity from 1 to 5.", "finding.severity:[4 .. 5]", {
    numberWords: severityWords,
  }),
  token("finding.criticality", "keyword", "Band of the detection score.", "finding.criticality:CRITICAL", {
    values: levels,
  }),
  token("finding.sourceSeverity", "keyword", "Severity as the source wrote it.", "finding.sourceSeverity:High"),
  token("finding.qds", "integer", "Detection score from 1 to 100.", "finding.qds>=90"),
  token("finding.qvss", "number", "Vulnerability score.", "finding.qvss>7.5"),
  token("finding.epssScore", "number", "Probability of exploitation (EPSS) from 0 to 1.", "finding.epssScore>0.5"),
  token("finding.accessVector", "keyword", "Access vector of the CVSS vector.", "finding.accessVector:Network"),
  token("finding.cvss2BaseScore", "number", "CVSS v2 base score.", "finding.cvss2BaseScore>=7"),
  token("finding.cvss3BaseScore", "number", "CVSS v3 base score.", "finding.cvss3BaseScore:[7 .. 8.9]"),
  token("finding.cvss4BaseScore", "number", "CVSS v4 base score.", "finding.cvss4BaseScore>9"),
];

const state: Token[] = [
  token("finding.status", "keyword", "State in the finding's life.", "finding.status:[NEW, ACTIVE, REOPENED]", {
    values: statuses,
  }),
  token("finding.typeDetected", "keyword", "Confirmed, or potential only.", "finding.typeDetected:Confirmed", {
    values: ["Confirmed", "Potential"],
  }),
  token("finding.detectionMethod", "keyword", "How it was detected.", "finding.detectionMethod:Authenticated"),
  token("finding.detectionAge", "integer", "Days since it was first found.", "finding.detectionAge>30"),
  token("finding.isDisabled", "boolean", "Switched off at the source.", "finding.isDisabled:false"),
  token(
    "finding.isIgnored",
    "boolean",
    "Accepted here, or ignored by a user of the source.",
    "finding.isIgnored:false",
  ),
  token("finding.isMitigated", "boolean", "A mitigation is in place.", "finding.isMitigated:true"),
  token("finding.isExploitAvailable", "boolean", "An exploit is known.", "finding.isExploitAvailable:true"),
  token("finding.isPatchAvailable", "boolean", "A fix is available.", "finding.isPatchAvailable:true"),
  token(
    "finding.isQualysPatchable",
    "boolean",
    "The source says that its patch service can fix it.",
    "finding.isQualysPatchable:true",
  ),
];

const origin: Token[] = [
  token("finding.sourceId", "keyword", "Identifier of the source.", "finding.sourceId:`nessus-dc1`"),
  token("finding.vendorName", "text", "Vendor of the source product.", "finding.vendorName:Tenable"),
  token("finding.vendorProductName", "text", "Source product.", "finding.vendorProductName:Nessus"),
  token(
    "finding.vendorFindingId",
    "keyword",
    "The source's own id of the check: plugin, rule or QID.",
    "finding.vendorFindingId:`19506`",
  ),
  token("finding.vendorUrl", "keyword", "Pages about it that the source names.", "finding.vendorUrl:*tenable.com*", {
    isMultiple: true,
  }),
  token(
    "finding.connectionId",
    "keyword",
    "Identifier of the connection that delivered it.",
    "finding.connectionId:`c-17`",
  ),
  token(
    "finding.connectionName",
    "text",
    "Name of the connection that delivered it.",
    'finding.connectionName:"Plant scanner"',
  ),
  token("finding.product.version", "text", "Version of the affected product.", "finding.product.version:`2.4.49`"),
  token("finding.technologyName", "text", "Affected technology.", "finding.technologyName:Apache"),
  token("finding.tags.name", "keyword", "Tag on the finding.", "finding.tags.name:`PCI`", { isMultiple: true }),
  token("finding.qid", "integer", "Number of the check (QID).", "finding.qid:[38739, 11827]"),
  token("finding.cveId", "keyword", "CVE identifier.", "finding.cveId:CVE-2021-44228", { storedCase: "upper" }),
  token("finding.cweId", "keyword", "CWE identifier.", "finding.cweId:CWE-79", {
    storedCase: "upper",
    isMultiple: true,
  }),
];

const dates: Token[] = [
  token(
    "finding.ingestedDate",
    "date",
    "First import; null for what was there before this was kept.",
    "finding.ingestedDate>now-1d",
  ),
  token("finding.firstFoundDate", "date", "First seen by any source.", "finding.firstFoundDate:[now-3M .. now]"),
  token("finding.lastFoundDate", "date", "Last seen by any source.", "finding.lastFoundDate:2026-01-31"),
  token("finding.lastFixedDate", "date", "Last time it was found fixed.", "finding.lastFixedDate>now-7d"),
  token("finding.reopenedDate", "date", "Last time it came back.", "finding.reopenedDate is not null"),
  token(
    "finding.cvePublishedDate",
    "date",
    "Publication of the CVE; else, as the source dates its check.",
    "finding.cvePublishedDate>=2025-01-01",
  ),
  token("finding.patchReleasedDate", "date", "Release of the fix.", "finding.patchReleasedDate<now-30d"),
];

const customNumbers = [1, 2, 3, 4, 5].map((index) =>
  token(
    `finding.customNumber${index}`,
    "number",
    `Number ${index} that a connection may map freely.`,
    `finding.customNumber${index}>10`,
  ),
);

const all = [...identity, ...rating, ...state, ...origin, ...dates, ...customNumbers, ...findingContextTokens];

/** All tokens of the finding table. Each may also stand inside `finding:( … )`. */
export const findingTokens: readonly Token[] = all.map((entry) => ({ ...entry, group: "finding" }));
