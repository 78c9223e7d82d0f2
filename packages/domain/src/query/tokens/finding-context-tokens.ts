import type { Token } from "../token-table.ts";
import { token } from "../token-table.ts";

const riskFactor: Token[] = [
  token(
    "finding.riskFactor.exploitCodeMaturity",
    "keyword",
    "Maturity of known exploit code.",
    "finding.riskFactor.exploitCodeMaturity:WEAPONIZED",
  ),
  token("finding.riskFactor.isExploited", "boolean", "Exploited in the wild.", "finding.riskFactor.isExploited:true"),
  token(
    "finding.riskFactor.isCisaKnownExploit",
    "boolean",
    "Listed in CISA's catalogue of known exploited vulnerabilities.",
    "finding.riskFactor.isCisaKnownExploit:true",
  ),
  token("finding.riskFactor.malwareName", "text", "Malware that uses it.", "finding.riskFactor.malwareName:Mirai", {
    isMultiple: true,
  }),
  token(
    "finding.riskFactor.rti",
    "keyword",
    "Real-time threat indicator.",
    "finding.riskFactor.rti:Cisa_Known_Exploited_Vulns",
    { isMultiple: true },
  ),
  token(
    "finding.riskFactor.threatActorName",
    "text",
    "Group that uses it.",
    "finding.riskFactor.threatActorName:Sandworm",
    { isMultiple: true },
  ),
  token("finding.riskFactor.trending", "boolean", "Much talked about at present.", "finding.riskFactor.trending:true"),
];

const threatIndicators: readonly (readonly [string, string])[] = [
  ["isActiveAttack", "Attacks are under way."],
  ["isCisaKnownExploitedVuln", "Listed in CISA's catalogue of known exploited vulnerabilities."],
  ["isDenialOfService", "Can be used to deny service."],
  ["isEasyExploit", "Easy to exploit."],
  ["isExploitKit", "Part of an exploit kit."],
  ["isHighDataLoss", "Can lead to heavy loss of data."],
  ["isHighLateralMovement", "Opens the way to other systems."],
  ["isMalware", "Used by malware."],
  ["isPredictedHighRisk", "Expected to become dangerous."],
  ["isPrivilegeEscalation", "Raises privileges."],
  ["isPublicExploit", "Exploit code is public."],
  ["isRansomware", "Used by ransomware."],
  ["isRemoteCodeExecution", "Runs code from afar."],
  ["isUnauthenticatedExploitation", "Needs no login."],
  ["isWormable", "Can spread by itself."],
  ["isZeroDay", "Was exploited before a fix existed."],
  ["hasNoPatch", "There is no fix."],
];

const threatIntel = threatIndicators.map(([name, documentation]) =>
  token(`finding.threatIntel.${name}`, "boolean", documentation, `finding.threatIntel.${name}:true`),
);

const riskAcceptance: Token[] = [
  token(
    "finding.riskAcceptance.createdDate",
    "date",
    "When the risk was accepted.",
    "finding.riskAcceptance.createdDate>now-1y",
  ),
  token(
    "finding.riskAcceptance.endDate",
    "date",
    "Until when the risk is accepted.",
    "finding.riskAcceptance.endDate<now+30d",
  ),
  token(
    "finding.riskAcceptance.reasonType",
    "keyword",
    "Reason of the acceptance.",
    "finding.riskAcceptance.reasonType:`False positive`",
  ),
  token(
    "finding.riskAcceptance.ruleId",
    "keyword",
    "Rule that accepted the risk.",
    "finding.riskAcceptance.ruleId is not null",
  ),
  token(
    "finding.riskAcceptance.startDate",
    "date",
    "From when on the risk is accepted.",
    "finding.riskAcceptance.startDate<=now",
  ),
  token("finding.riskAcceptance.type", "keyword", "Kind of acceptance.", "finding.riskAcceptance.type:MANUAL"),
];

const mitre: Token[] = [
  token("finding.mitre.attack.tactic.id", "keyword", "ATT&CK tactic by id.", "finding.mitre.attack.tactic.id:TA0001", {
    storedCase: "upper",
    isMultiple: true,
  }),
  token(
    "finding.mitre.attack.tactic.name",
    "text",
    "ATT&CK tactic by name.",
    'finding.mitre.attack.tactic.name:"Initial Access"',
    { isMultiple: true },
  ),
  token(
    "finding.mitre.attack.technique.id",
    "keyword",
    "ATT&CK technique by id.",
    "finding.mitre.attack.technique.id:T1190",
    { storedCase: "upper", isMultiple: true },
  ),
  token(
    "finding.mitre.attack.technique.name",
    "text",
    "ATT&CK technique by name.",
    "finding.mitre.attack.technique.name:Phishing",
    { isMultiple: true },
  ),
];

/** What is known about a finding from outside: risk factors, threat intelligence, acceptance, ATT&CK. */
export const findingContextTokens: readonly Token[] = [...riskFactor, ...threatIntel, ...riskAcceptance, ...mitre];
