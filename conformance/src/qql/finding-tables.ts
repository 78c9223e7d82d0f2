import { query } from "../http.ts";
import { factsOf } from "./token-facts.ts";
import { KNOWN } from "./token-knowledge.ts";
import { CLOUDS } from "./token-scans.ts";
import { answered, because, expand, type Table } from "./token-table.ts";

type Info = { basescore: number | null; vector: string | null };
type Finding = {
  id: string;
  title: string;
  description: string;
  category: string;
  subCategory: string | null;
  severity: number;
  status: string;
  cveId: string | null;
  vendorId: string;
  vendorProductName: string;
  qds: number;
  qvss: number | null;
  isPatchAvailable: boolean;
  cvss: { vector: string | null };
  cve: { cvss2Info: Info; cvss3Info: Info; cvss4Info: Info; epss: number | null; cisaKev: boolean | null };
  firstFound: number;
  lastFound: number;
  lastFixed: number | null;
  reopened: number | null;
  port: number | null;
  protocol: string | null;
  instance: string | null;
  sources: { connection: string }[];
  asset: { assetName: string };
  riskAcceptance: { createdDate: number; startDate: number; endDate: number | null; reasonType: string } | null;
  /** Ids of the connections, and how old it is. */
  connectionIds: string[];
  ageDays: number;
  /** Of the detection that it comes from, where it comes from one. */
  typeDetected: string | undefined;
};

const factsAbout = ({ vendorId }: Finding) => factsOf(vendorId);
const band = ({ qds }: Finding) => (qds >= 90 ? "CRITICAL" : qds >= 70 ? "HIGH" : qds >= 40 ? "MEDIUM" : "LOW");
const VECTORS: Readonly<Record<string, string>> = { N: "Network", A: "Adjacent", L: "Local", P: "Physical" };
const ssvcOf = ({ cveId }: Finding) => (cveId === null ? undefined : KNOWN.ssvc[cveId]);

/** null: nothing is known of its CVE, or it has none. */
const isListed = ({ cveId }: Finding) => (cveId === null ? null : cveId in KNOWN.kev);
const isAttacked = (finding: Finding) => {
  if (isListed(finding) || ssvcOf(finding) === "active") return true;
  return ssvcOf(finding) === undefined ? isListed(finding) : false;
};
const isPublic = (finding: Finding) => {
  const { isExploitAvailable } = factsAbout(finding);
  if (isExploitAvailable || isAttacked(finding) || ssvcOf(finding) === "poc") return true;
  return isExploitAvailable ?? (ssvcOf(finding) === undefined ? null : false);
};
const isRansomware = ({ cveId }: Finding) => (cveId !== null && KNOWN.kev[cveId] ? true : null);
const indicators = (finding: Finding) => [
  isListed(finding) ? "Cisa_Known_Exploited_Vulns" : null,
  isAttacked(finding) ? "Active_Attacks" : null,
  isRansomware(finding) ? "Ransomware" : null,
  isPublic(finding) ? "Public_Exploit" : null,
];
const not = (value: boolean | null) => (value === null ? null : !value);

export const findings: Table<Finding> = {
  name: "findings",
  list: "/etm/1.0/finding/list",
  pageSize: 1000,
  recordsOf: (body) => body as Finding[],
  idOf: ({ id }) => id,
  complete: async (records, read, nowMs) => {
    const connections = await read<{ id: number | string; name: string }[]>("/ingest/1.0/connection/list");
    const ids = new Map(connections.map(({ id, name }) => [name, String(id)]));
    type Detection = { typeDetected: string; advisory: { id: string }; asset: { name: string } };
    const path = `/ot/1.0/detection/list${query({ pageSize: 100 })}`;
    const { vulnerabilities } = await read<{ vulnerabilities: Detection[] }>(path);
    const detected = new Map(vulnerabilities.map((one) => [`${one.advisory.id} ${one.asset.name}`, one.typeDetected]));
    const details: Finding[] = [];
    for (const { id } of records) {
      const detail = await read<Finding>(`/etm/1.0/finding/${id}`);
      const connectionIds = detail.sources.map(({ connection }) => ids.get(connection) ?? "unknown");
      const typeDetected = detected.get(`${detail.vendorId.split("/")[0]} ${detail.asset.assetName}`);
      details.push({
        ...detail,
        connectionIds,
        typeDetected,
        ageDays: Math.floor((nowMs - detail.firstFound) / 86_400_000),
      });
    }
    return details;
  },
  page: expand(
    `id externalFindingId title description type subType severity status criticality instance port protocol sourceId
    sourceSeverity tags.name typeDetected detectionMethod vendorName vendorProductName vendorFindingId vendorUrl
    product.version technologyName connectionId connectionName ingestedDate firstFoundDate lastFoundDate lastFixedDate
    reopenedDate detectionAge cvePublishedDate patchReleasedDate isDisabled isExploitAvailable isIgnored isMitigated
    isPatchAvailable isQualysPatchable qds qid qvss cveId cweId epssScore accessVector cvss2BaseScore cvss3BaseScore
    cvss4BaseScore customNumber1..5
    riskFactor.{exploitCodeMaturity,isExploited,isCisaKnownExploit,malwareName,rti,threatActorName,trending}
    threatIntel.{isActiveAttack,isCisaKnownExploitedVuln,isDenialOfService,isEasyExploit,isExploitKit,isHighDataLoss,isHighLateralMovement,isMalware,isPredictedHighRisk,isPrivilegeEscalation,isPublicExploit,isRansomware,isRemoteCodeExecution,isUnauthenticatedExploitation,isWormable,isZeroDay,hasNoPatch}
    riskAcceptance.{createdDate,endDate,reasonType,ruleId,startDate,type} mitre.attack.{tactic,technique}.{id,name}`,
    "finding.",
  ),
  answered: {
    "finding.id": answered("keyword", ({ id }) => id),
    "finding.title": answered("text", ({ title }) => title),
    "finding.description": answered("text", ({ description }) => description),
    "finding.type": answered("keyword", ({ category }) => category),
    "finding.subType": answered("keyword", ({ subCategory }) => subCategory),
    "finding.severity": answered("integer", ({ severity }) => severity),
    "finding.status": answered("keyword", ({ status }) => status),
    "finding.criticality": answered("keyword", band),
    "finding.instance": answered("text", ({ instance }) => instance),
    "finding.port": answered("integer", ({ port }) => port),
    "finding.protocol": answered("keyword", ({ protocol }) => protocol),
    "finding.sourceSeverity": answered("keyword", (finding) => factsAbout(finding).sourceSeverity),
    "finding.vendorProductName": answered("text", ({ vendorProductName }) => vendorProductName),
    "finding.vendorUrl": answered("keyword", (finding) => factsAbout(finding).urls),
    "finding.product.version": answered("text", (finding) => factsAbout(finding).productVersion),
    "finding.isDisabled": answered("boolean", (finding) => factsAbout(finding).isDisabled),
    ...Object.fromEntries(
      expand("customNumber1..5", "finding.").map((name, index) => [
        name,
        answered("number", (finding: Finding) => factsAbout(finding).customNumbers[index]),
      ]),
    ),
    "finding.vendorFindingId": answered("keyword", ({ vendorId }) => vendorId),
    "finding.connectionId": answered("keyword", ({ connectionIds }) => connectionIds),
    "finding.connectionName": answered("text", ({ sources }) => sources.map(({ connection }) => connection)),
    "finding.typeDetected": answered("keyword", (finding) => finding.typeDetected ?? factsAbout(finding).typeDetected),
    "finding.firstFoundDate": answered("date", ({ firstFound }) => firstFound),
    "finding.lastFoundDate": answered("date", ({ lastFound }) => lastFound),
    "finding.lastFixedDate": answered("date", ({ lastFixed }) => lastFixed),
    "finding.reopenedDate": answered("date", ({ reopened }) => reopened),
    "finding.detectionAge": answered("integer", ({ ageDays }) => ageDays),
    "finding.cvePublishedDate": answered(
      "date",
      (finding) => (finding.cveId && KNOWN.publishedMs(finding.cveId)) ?? factsAbout(finding).publishedMs,
    ),
    "finding.patchReleasedDate": answered("date", (finding) => factsAbout(finding).patchedMs),
    "finding.isExploitAvailable": answered("boolean", (finding) => factsAbout(finding).isExploitAvailable),
    "finding.isIgnored": answered(
      "boolean",
      (finding) => finding.riskAcceptance !== null || factsAbout(finding).isIgnored === true,
    ),
    "finding.isPatchAvailable": answered("boolean", ({ isPatchAvailable }) => isPatchAvailable),
    "finding.isQualysPatchable": answered("boolean", (finding) => factsAbout(finding).isVendorPatchable === true),
    "finding.qds": answered("integer", ({ qds }) => qds),
    "finding.qvss": answered("number", ({ qvss }) => qvss),
    "finding.isMitigated": answered("boolean", ({ status }) => status === "PROTECTED"),
    "finding.qid": answered("integer", ({ vendorProductName, vendorId }) =>
      vendorProductName === "Qualys" ? Number(vendorId) : null,
    ),
    "finding.cveId": answered("keyword", ({ cveId }) => cveId),
    "finding.cweId": answered("keyword", (finding) => factsAbout(finding).cwes),
    "finding.epssScore": answered("number", ({ cve }) => cve.epss),
    "finding.accessVector": answered(
      "keyword",
      ({ cvss }) => VECTORS[/(?:^|\/)AV:(.)/.exec(cvss.vector ?? "")?.[1] ?? ""],
    ),
    "finding.cvss2BaseScore": answered("number", ({ cve }) => cve.cvss2Info.basescore),
    "finding.cvss3BaseScore": answered("number", ({ cve }) => cve.cvss3Info.basescore),
    "finding.cvss4BaseScore": answered("number", ({ cve }) => cve.cvss4Info.basescore),
    "finding.riskFactor.isExploited": answered("boolean", isAttacked),
    "finding.riskFactor.isCisaKnownExploit": answered("boolean", ({ cve }) => cve.cisaKev),
    "finding.riskFactor.rti": answered("keyword", indicators),
    "finding.threatIntel.isActiveAttack": answered("boolean", isAttacked),
    "finding.threatIntel.isCisaKnownExploitedVuln": answered("boolean", isListed),
    "finding.threatIntel.isPublicExploit": answered("boolean", isPublic),
    "finding.threatIntel.isRansomware": answered("boolean", isRansomware),
    "finding.threatIntel.hasNoPatch": answered("boolean", (finding) => not(factsAbout(finding).isPatchAvailable)),
    "finding.riskAcceptance.createdDate": answered("date", ({ riskAcceptance }) => riskAcceptance?.createdDate),
    "finding.riskAcceptance.startDate": answered("date", ({ riskAcceptance }) => riskAcceptance?.startDate),
    "finding.riskAcceptance.endDate": answered("date", ({ riskAcceptance }) => riskAcceptance?.endDate),
    "finding.riskAcceptance.reasonType": answered("keyword", ({ riskAcceptance }) => riskAcceptance?.reasonType),
    "finding.riskAcceptance.type": answered("keyword", ({ riskAcceptance }) => riskAcceptance && "MANUAL"),
  },
  unanswered: {
    ...because("sources have no such number beside the check's", ["finding.externalFindingId", "finding.sourceId"]),
    ...because("tags stand on assets: assetQql", ["finding.tags.name"]),
    ...because("not told by the formats that are read", [
      "finding.detectionMethod",
      "finding.vendorName",
      "finding.technologyName",
    ]),
    ...because("not told by the feeds of etm.md 6", [
      ...expand("riskFactor.{exploitCodeMaturity,malwareName,threatActorName,trending}", "finding."),
      ...expand(
        "threatIntel.{isDenialOfService,isEasyExploit,isExploitKit,isHighDataLoss,isHighLateralMovement,isMalware,isPredictedHighRisk,isPrivilegeEscalation,isRemoteCodeExecution,isUnauthenticatedExploitation,isWormable,isZeroDay}",
        "finding.",
      ),
      ...expand("mitre.attack.{tactic,technique}.{id,name}", "finding."),
    ]),
    ...because("acceptances are by hand only", ["finding.riskAcceptance.ruleId"]),
  },
  ofWallClock: ["finding.ingestedDate"],
  toldBySources: ["finding.typeDetected", "finding.product.version", "finding.customNumber1", "finding.customNumber5"],
  elements: [
    {
      query: "finding:(severity:critical and status:[ACTIVE, REOPENED] and not port is null)",
      matches: ({ severity, status, port }) =>
        severity === 5 && ["ACTIVE", "REOPENED"].includes(status) && port !== null,
    },
  ],
};

type Asset = {
  id: string;
  name: string;
  operatingSystem: string | null;
  criticalityScore: number;
  truRiskScore: number;
  ipAddresses: string[];
  macAddresses: string[];
  hostNames: string[];
  tags: string[];
  sources: string[];
  created: number;
};

export const assets: Table<Asset> = {
  name: "assets",
  list: "/etm/1.0/asset/list",
  pageSize: 1000,
  recordsOf: (body) => body as Asset[],
  idOf: ({ id }) => id,
  complete: async (records) => records,
  page: [
    ...expand("name criticalityScore riskScore tag.name inventory.{createdDate,source}", "asset."),
    ...expand("businessInfo.{company,department,environment} interface.{address,hostname,macAddress}", "asset."),
    ...expand("cloud.provider operatingSystem.{name,version,publisher,category} software.{name,version}"),
  ],
  answered: {
    "asset.name": answered("text", ({ name }) => name),
    "asset.criticalityScore": answered("integer", ({ criticalityScore }) => criticalityScore),
    "asset.riskScore": answered("integer", ({ truRiskScore }) => truRiskScore),
    "asset.tag.name": answered("keyword", ({ tags }) => tags),
    "asset.inventory.createdDate": answered("date", ({ created }) => created),
    "asset.inventory.source": answered("keyword", ({ sources }) => sources),
    "cloud.provider": answered("keyword", ({ name }) => CLOUDS[name]),
    "operatingSystem.name": answered("text", ({ operatingSystem }) => operatingSystem),
    "asset.interface.address": answered("address", ({ ipAddresses }) => ipAddresses),
    "asset.interface.hostname": answered("text", ({ hostNames }) => hostNames),
    "asset.interface.macAddress": answered("mac", ({ macAddresses }) => macAddresses),
  },
  unanswered: {
    ...because("comes with a directory of the business, which nothing imports yet", [
      "asset.businessInfo.company",
      "asset.businessInfo.department",
      "asset.businessInfo.environment",
    ]),
    ...because("sources tell the operating system as one text", [
      "operatingSystem.version",
      "operatingSystem.publisher",
      "operatingSystem.category",
    ]),
    ...because("sources tell addresses without the interface's name", [
      "asset.interface.name",
      "asset.interface.manufacturer",
    ]),
    ...because("installed products are not kept, only what is wrong with them", [
      "software.name",
      "software.version",
      "software.publisher",
      "software.category",
    ]),
  },
  elements: [
    {
      query: "asset.interface:(address:10.8.0.1 and macAddress:00:1d:9c:08:00:01 and hostname:web1.corp.example)",
      matches: ({ name }) => name === "web1.corp.example",
    },
  ],
};
