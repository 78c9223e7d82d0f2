import { writeCsaf } from "@breakwater/simulator/advisories/index";
import { bodyOf, call, get, logIn, query } from "../http.ts";
import { importFile } from "../imports.ts";
import { logixProject } from "../ot/project-files.ts";
import { type HandClock, makePlantCapture, makeProtocolCapture, type Target } from "../target.ts";

/** What the files below say of a check and no answer repeats. */
export type CheckFacts = {
  sourceSeverity: string;
  cwes: readonly string[];
  isExploitAvailable: boolean | null;
  isPatchAvailable: boolean | null;
  patchedMs: number | null;
  publishedMs: number | null;
  urls: readonly string[];
  isVendorPatchable: boolean | null;
  /** Of its findings; each check of these files has but one, or several that are alike in this. */
  typeDetected: "Confirmed" | "Potential" | null;
  isDisabled: boolean | null;
  isIgnored: boolean | null;
  productVersion: string | null;
  /** Numbers 1 to 5. */
  customNumbers: readonly (number | null)[];
};

type Plugin = {
  id: number;
  name: string;
  family: string;
  severity: number;
  cves?: readonly string[];
  cwe?: readonly number[];
  /** Base score and vector by generation: `cvss`, `cvss3`, `cvss4`. */
  scores?: Readonly<Record<string, readonly [score: number, vector: string]>>;
  exploit?: boolean;
  /** yyyy/mm/dd */
  patch?: string;
  /** yyyy/mm/dd, of the plugin. */
  published?: string;
  /** A line each. */
  see?: readonly string[];
  port: number;
  protocol: string;
};

/** Times at which the hosts were looked at; in the second scan some findings are gone, in the third some are back. */
const SCANS = ["2026-01-05T10:00:00Z", "2026-02-05T11:30:00Z", "2026-03-05T12:45:30Z"] as const;

const PLUGINS: readonly Plugin[] = [
  {
    id: 81_001,
    name: "Web server 2.4.49 remote code execution (CVE-2026-0001)",
    family: "Web Servers",
    severity: 4,
    cves: ["CVE-2026-0001"],
    cwe: [22, 787],
    scores: {
      cvss: [10, "CVSS2#AV:N/AC:L/Au:N/C:C/I:C/A:C"],
      cvss3: [9.8, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"],
    },
    exploit: true,
    patch: "2025/10/07",
    published: "2025/10/05",
    see: [
      "https://www.vendor.example/advisories/0001",
      "http://lists.example/2025-10/msg00012.html",
      "a printed leaflet",
    ],
    port: 443,
    protocol: "tcp",
  },
  {
    id: 81_002,
    name: "Name server cache, host.corp.example",
    family: "DNS",
    severity: 2,
    cves: ["CVE-2026-0002"],
    cwe: [79],
    scores: { cvss: [4.3, "CVSS2#AV:A/AC:M/Au:N/C:N/I:P/A:N"] },
    exploit: false,
    port: 53,
    protocol: "udp",
  },
  {
    id: 81_003,
    name: "Local privilege escalation",
    family: "Windows",
    severity: 3,
    cves: ["CVE-2026-0003", "CVE-2026-0004"],
    scores: {
      cvss3: [7.8, "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"],
      cvss4: [8.5, "CVSS:4.0/AV:P/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"],
    },
    patch: "2026/01/20",
    see: ["https://vendor.example/kb/5033"],
    port: 445,
    protocol: "tcp",
  },
  { id: 81_004, name: "Banner", family: "General", severity: 1, port: 0, protocol: "tcp" },
];
const AUDIT = { id: 21_157, rule: "1.1 Password history", family: "Policy Compliance", severity: 3 };

const CSV = `address,id,title,severity,instance,cwe,description,state
10.8.0.1,T-1,Outdated library,High,/opt/app/lib/log.jar,CWE-502,A library of the application,open
fd00:8::9,T-2,Open door,Low,/srv/door,,Not closed,mitigated
`;
const QUALYS = `"Asset Vuln Datalist Report","05 Mar 2026 06:07AM GMT-0500","1"
"Someone","someone","Scanner"
"CVE","CVE-Description","CVSSv2 Base (nvd)","CVSSv3.1 Base (nvd)","QID","Title","Severity","KB Severity","Type Detected","Last Detected","First Detected","Protocol","Port","Status","Asset Id","Asset Name","Asset IPV4","Asset IPV6","Solution","Published Date","Patch Released","Category","Operating System","Threat","Vuln Patchable","Disabled","Ignored","Results"
"CVE-2026-0005","One","5.0","5.3","38003","Library With Holes","3","3","Confirmed","Mar 04, 2026 07:00 PM","Jan 10, 2026 12:00 AM","TCP","8443","ACTIVE","31","APP1","10.8.1.31","","Update.","Dec 01, 2025 12:00 PM","Dec 02, 2025 12:00 PM","Web","Example Linux 9","Holes.","Yes","Yes","No","found 1.0"
"CVE-2026-0006","Two","7.5","9.8","38004","Nobody Mends This","5","5","Potential","Mar 04, 2026 07:00 PM","Jan 11, 2026 12:00 AM","TCP","8444","ACTIVE","31","APP1","10.8.1.31","","None.","Dec 01, 2025 12:00 PM","","Web","Example Linux 9","Holes.","No","No","Yes","found 1.0"
`;

const REGISTER = `Unit;No;Defect;Grade;Loss;Days;Parts;Place;Cost
pump1.corp.example;D-1;Loose cover;High;12,5;0;3;1;1000000
pump2.corp.example;D-2;No guard;Low;0.25;40;;2;7
`;
const REGISTER_MAPPING = {
  product: "Register",
  columns: {
    host: ["Unit"],
    id: ["No"],
    title: ["Defect"],
    severity: ["Grade"],
    customNumber1: ["Loss"],
    customNumber2: ["Days"],
    customNumber3: ["Parts"],
    customNumber4: ["Place"],
    customNumber5: ["Cost"],
  },
};

/** An instance in a cloud, as its security hub tells of it. */
const INSTANCE = "arn:aws:ec2:eu-x-1:111122223333:instance/i-0123456789abcdef0";
const PACKAGES = [
  { cve: "CVE-2026-0007", version: "5.1-2.demo", url: "https://advisory.example/5", status: "NEW" },
  { cve: "CVE-2026-0008", version: "2.4.49", url: "https://advisory.example/6", status: "SUPPRESSED" },
] as const;

/** Whose cloud an asset is in. */
export const CLOUDS: Readonly<Record<string, string>> = { [INSTANCE]: "AWS" };

const ADVISORIES = [
  {
    id: "EX-26-001",
    title: "S7-300 denial of service",
    products: [
      {
        vendor: "Siemens",
        name: "SIMATIC S7-300 CPU 315-2 PN/DP (6ES7315-2EH14-0AB0)",
        versions: "vers:all/<V3.2.16",
        modelNumbers: ["6ES7315-2EH14-0AB0"],
      },
    ],
    vulnerabilities: [{ cve: "CVE-2026-0101", score: 9.8, affected: [1], fix: "Update to V3.2.16" }],
  },
  {
    id: "EX-26-002",
    title: "S7-300 may stop",
    products: [
      { vendor: "Siemens", name: "SIMATIC S7-300 CPU 315-2 PN/DP (6ES7315-2EH14-0AB0)", versions: "< V3.X.17" },
    ],
    vulnerabilities: [{ cve: "CVE-2026-0102", score: 5.3, affected: [1] }],
  },
  {
    id: "EX-26-003",
    title: "Communication module",
    products: [{ vendor: "Rockwell Automation", name: "1756-EN2T Series D", versions: "<= 11.003" }],
    vulnerabilities: [{ cve: "CVE-2026-0103", score: 7.5, affected: [1], fix: "Update" }],
  },
];
/** Fixed by its corrected edition. */
const WITHDRAWN = {
  id: "EX-26-004",
  title: "Former product line",
  products: [{ vendor: "Rockwell Automation", name: "ControlLogix 5580 controllers", versions: "<= 33.013" }],
  vulnerabilities: [{ cve: "CVE-2026-0104", score: 3.1, affected: [1] }],
};

/** What the feeds below say of CVEs. */
export const KNOWN = {
  kev: { "CVE-2026-0001": true, "CVE-2026-0101": false } as Readonly<Record<string, boolean>>,
  epss: { "CVE-2026-0001": 0.91, "CVE-2026-0002": 0.02, "CVE-2026-0101": 0.4 } as Readonly<Record<string, number>>,
  ssvc: {
    "CVE-2026-0002": "active",
    "CVE-2026-0003": "poc",
    "CVE-2026-0004": "none",
    "CVE-2026-0102": "active",
  } as Readonly<Record<string, string>>,
  publishedMs: (cveId: string) => (cveId in KNOWN.ssvc ? Date.UTC(2026, 0, Number(cveId.slice(-2)) % 28, 6, 30) : null),
};

/** Imports everything, tags it, accepts two risks and forgets one acceptance; the clock moves with the scans. */
export async function makeTokenWorld(target: Target, clock: HandClock): Promise<void> {
  let token = "";
  const setTime = async (time: string) => {
    clock.set(time);
    token = await logIn(target);
  };
  const send = (file: string | Uint8Array, path?: string) => importFile(target, token, file, path ? { path } : {});
  for (const [index, time] of SCANS.entries()) {
    await setTime(new Date(Date.parse(time) + 3_600_000).toISOString());
    await send(nessusFile(index), "/ingest/1.0/import?connection=Plant%20scanner");
  }
  await send(CSV, "/ingest/1.0/import?connection=Audit%20list");
  await setTime("2026-03-06T08:00:00Z");
  await send(QUALYS);
  await send(hubFile());
  const register = { name: "Plant register", csvMapping: REGISTER_MAPPING };
  await bodyOf(await call(target, "POST", "/ingest/1.0/connection/create", { token, json: register }), 201);
  await send(REGISTER, "/ingest/1.0/import?connection=Plant%20register");
  await send(await makePlantCapture());
  await send(makeProtocolCapture());
  await sendProject(send, "plant", "192.168.20.11", "Line%204.L5X&plantLocation=Rotterdam");
  await setTime("2026-03-07T08:00:00Z");
  await sendProject(send, "mixer", "10.61.0.1", "mixer.L5X&plantLocation=Port%20Arthur");
  await send('<RSLogix5000Content SchemaRevision="1.0" SoftwareRevision="20.04"><Controller', `${PROJECT}broken.L5X`);
  for (const plan of [WITHDRAWN, ...ADVISORIES.slice(1)]) await send(writeCsaf(plan));
  await setTime("2026-03-08T08:00:00Z");
  for (const plan of ADVISORIES.slice(0, 1)) await send(writeCsaf(plan));
  const corrected = WITHDRAWN.products.map((product) => ({ ...product, versions: "<= 20.011" }));
  await send(writeCsaf({ ...WITHDRAWN, products: corrected, updatedAt: "2026-03-08T00:00:00.000000Z" }));
  for (const feed of feeds()) await send(feed);
  await setTime("2026-03-09T09:15:00Z");
  await tagAndAccept(target, token);
}

const PROJECT = "/ot/1.0/projectfile/import?fileName=";
type Send = (file: string, path: string) => Promise<unknown>;

async function sendProject(send: Send, name: string, ip: string, parameters: string): Promise<void> {
  const link = { name: `${name}_link`, catalog: "1756-EN2T", parent: "Local", port: 1, at: "3", ip };
  await send(logixProject(name, [link]), PROJECT + parameters);
}

/** One request each, so that nothing is asked for in vain. */
async function tagAndAccept(target: Target, token: string): Promise<void> {
  const tags = [
    { name: "Cell 4", rule: "asset.interface.address:192.168.20.0/27", criticality: 4 },
    { name: "Internet facing", rule: "asset.interface.address:10.8.0.2", criticality: 5 },
  ];
  for (const json of tags) await bodyOf(await call(target, "POST", "/admin/1.0/tag/create", { token, json }), 201);
  const list = `/etm/1.0/finding/list${query({ filter: "finding.vendorFindingId:[`81001`, `81002`]", pageSize: 3 })}`;
  const found = await bodyOf<{ id: string }[]>(await get(target, list, token));
  const reasons = [
    { reasonType: "False positive", endDate: Date.UTC(2026, 3, 1) },
    { reasonType: "Compensating control" },
    { reasonType: "Accepted risk" },
  ];
  for (const [index, { id }] of found.entries()) {
    const json = { reason: "as agreed", ...reasons[index] };
    await bodyOf(await call(target, "POST", `/etm/1.0/finding/${id}/accept`, { token, json }));
  }
  await call(target, "POST", `/etm/1.0/finding/${found[2]?.id}/revoke-acceptance`, { token });
}

const UNTOLD: CheckFacts = {
  sourceSeverity: "",
  cwes: [],
  isExploitAvailable: null,
  isPatchAvailable: null,
  patchedMs: null,
  publishedMs: null,
  urls: [],
  isVendorPatchable: null,
  typeDetected: null,
  isDisabled: null,
  isIgnored: null,
  productVersion: null,
  customNumbers: [],
};
const DAY_OF_QUALYS = Date.UTC(2025, 11, 1, 12);
const FACTS: Readonly<Record<string, CheckFacts>> = {
  "T-1": { ...UNTOLD, sourceSeverity: "High", cwes: ["CWE-502"] },
  "T-2": { ...UNTOLD, sourceSeverity: "Low" },
  "38003": {
    ...UNTOLD,
    ...{
      sourceSeverity: "3",
      isPatchAvailable: true,
      patchedMs: Date.UTC(2025, 11, 2, 12),
      publishedMs: DAY_OF_QUALYS,
    },
    ...{ isVendorPatchable: true, typeDetected: "Confirmed", isDisabled: true, isIgnored: false },
  },
  "38004": {
    ...UNTOLD,
    ...{ sourceSeverity: "5", isPatchAvailable: false, publishedMs: DAY_OF_QUALYS },
    ...{ isVendorPatchable: false, typeDetected: "Potential", isDisabled: false, isIgnored: true },
  },
  "D-1": { ...UNTOLD, sourceSeverity: "High", customNumbers: [12.5, 0, 3, 1, 1_000_000] },
  "D-2": { ...UNTOLD, sourceSeverity: "Low", customNumbers: [0.25, 40, null, 2, 7] },
  ...Object.fromEntries(
    PACKAGES.map(({ cve, version, url, status }) => [
      cve,
      {
        ...UNTOLD,
        ...{ sourceSeverity: "HIGH", isExploitAvailable: false, isPatchAvailable: true, urls: [url] },
        ...{ productVersion: version, isIgnored: status === "SUPPRESSED" ? true : null },
      },
    ]),
  ),
  [`${AUDIT.id}/${AUDIT.rule.toLowerCase()}`]: { ...UNTOLD, sourceSeverity: String(AUDIT.severity) },
  ...Object.fromEntries(
    PLUGINS.map(({ id, severity, cwe = [], exploit = null, patch, published, see = [] }) => [
      String(id),
      {
        ...UNTOLD,
        sourceSeverity: String(severity),
        cwes: cwe.map((number) => `CWE-${number}`),
        isExploitAvailable: exploit,
        isPatchAvailable: patch === undefined ? null : true,
        patchedMs: toDay(patch),
        publishedMs: toDay(published),
        urls: see.filter((line) => line.startsWith("http")),
      },
    ]),
  ),
  ...Object.fromEntries(
    [...ADVISORIES, WITHDRAWN].flatMap(({ id, vulnerabilities }) =>
      vulnerabilities.map(({ cve, score, ...rest }) => [
        `${id}/${cve}`,
        {
          ...UNTOLD,
          ...{ sourceSeverity: score.toFixed(1), cwes: ["CWE-400"], isPatchAvailable: "fix" in rest },
          ...{ publishedMs: Date.UTC(2025, 0, 14), urls: [`https://cert.example/advisories/${id.toLowerCase()}`] },
        },
      ]),
    ),
  ),
};

function toDay(date: string | undefined): number | null {
  return date === undefined ? null : Date.parse(`${date.replaceAll("/", "-")}T00:00:00Z`);
}

/** What was written of a finding's check, by the check's number that the finding shows. */
export function factsOf(vendorId: string): CheckFacts {
  const facts = FACTS[vendorId];
  if (facts === undefined) throw new Error(`nothing was written of check ${vendorId}`);
  return facts;
}

function hubFile(): string {
  const records = PACKAGES.map(({ cve, version, url, status }) => ({
    ...{ SchemaVersion: "2018-10-08", Id: cve, ProductArn: "arn:aws:securityhub:eu-x-1::product/aws/inspector" },
    ...{ GeneratorId: "AWSInspector", AwsAccountId: "111122223333", Title: cve, Description: "d" },
    Types: ["Software and Configuration Checks/Vulnerabilities/CVE"],
    ...{ Severity: { Label: "HIGH" }, Workflow: { Status: status }, RecordState: "ACTIVE" },
    Resources: [{ Type: "AwsEc2Instance", Id: INSTANCE, Region: "eu-x-1" }],
    Vulnerabilities: [
      {
        ...{ Id: cve, FixAvailable: "YES", ExploitAvailable: "NO", ReferenceUrls: [url] },
        VulnerablePackages: [{ Name: "lib", Version: version }],
      },
    ],
  }));
  return JSON.stringify(records);
}

function nessusFile(scan: number): string {
  const hosts = [1, 2, 3, 4].map((number) => {
    const endSec = Date.parse(SCANS[scan] as string) / 1000 + number * 61;
    const names =
      number === 4
        ? ""
        : `<tag name="host-fqdn">web${number}.corp.example</tag><tag name="mac-address">00:1d:9c:08:00:0${number}</tag>`;
    const system =
      number === 3
        ? ""
        : `<tag name="operating-system">${number === 1 ? "Example Linux 9.4" : "Windows Server 2022"}</tag>`;
    // Not there in the second scan: fixed; back in the third but for one.
    const items = PLUGINS.filter(
      ({ id }) => !(scan === 1 && id !== 81_001) && !(scan === 2 && id === 81_002 && number > 2),
    );
    return `<ReportHost name="10.8.0.${number}"><HostProperties><tag name="HOST_END_TIMESTAMP">${endSec}</tag>
<tag name="host-ip">10.8.0.${number}</tag>${names}${system}</HostProperties>
${items.map(toItem).join("")}${number === 1 ? audit : ""}</ReportHost>`;
  });
  return `<?xml version="1.0" ?><NessusClientData_v2><Report name="Tokens">${hosts.join("\n")}</Report></NessusClientData_v2>`;
}

const audit = `<ReportItem port="0" svc_name="general" protocol="tcp" severity="${AUDIT.severity}" pluginID="${AUDIT.id}" pluginName="Audit" pluginFamily="${AUDIT.family}">
<compliance>true</compliance><cm:compliance-check-name>${AUDIT.rule}</cm:compliance-check-name><cm:compliance-result>FAILED</cm:compliance-result></ReportItem>`;

function toItem({
  id,
  name,
  family,
  severity,
  cves = [],
  cwe = [],
  scores = {},
  exploit,
  patch,
  published,
  see = [],
  port,
  protocol,
}: Plugin) {
  const element = (tag: string, value: unknown) => (value === undefined ? "" : `<${tag}>${value}</${tag}>`);
  return `<ReportItem port="${port}" svc_name="x" protocol="${protocol}" severity="${severity}" pluginID="${id}" pluginName="${name}" pluginFamily="${family}">
${cves.map((cve) => element("cve", cve)).join("")}${cwe.map((number) => element("cwe", number)).join("")}
${Object.entries(scores)
  .map(([kind, [score, vector]]) => element(`${kind}_base_score`, score) + element(`${kind}_vector`, vector))
  .join("")}
${element("exploit_available", exploit)}${element("patch_publication_date", patch)}
${element("plugin_publication_date", published)}${see.length > 0 ? element("see_also", see.join("\n")) : ""}
${element("description", `What plugin ${id} looks for.`)}${element("plugin_output", "seen")}</ReportItem>`;
}

/** A catalogue, scores and CVE records of {@link KNOWN}. */
function feeds(): string[] {
  const vulnerabilities = Object.entries(KNOWN.kev).map(([cveID, isRansomware]) => ({
    cveID,
    dateAdded: "2026-02-01",
    knownRansomwareCampaignUse: isRansomware ? "Known" : "Unknown",
  }));
  const title = "CISA Catalog of Known Exploited Vulnerabilities";
  const dateReleased = "2026-03-01T15:00:00.0000Z";
  const kev = { title, catalogVersion: "2026.03.01", dateReleased, count: vulnerabilities.length, vulnerabilities };
  const scores = Object.entries(KNOWN.epss).map(([cveId, score]) => `${cveId},${score},0.5\n`);
  const epss = `#model_version:v2026.03.16,score_date:2026-03-01T12:55:00Z\ncve,epss,percentile\n${scores.join("")}`;
  const records = Object.entries(KNOWN.ssvc).map(([cveId, Exploitation]) => {
    const publishedMs = KNOWN.publishedMs(cveId) as number;
    const datePublished = new Date(publishedMs).toISOString();
    const adp = [{ metrics: [{ other: { type: "ssvc", content: { options: [{ Exploitation }] } } }] }];
    return JSON.stringify({
      dataType: "CVE_RECORD",
      cveMetadata: { cveId, datePublished, dateUpdated: datePublished },
      containers: { cna: {}, adp },
    });
  });
  return [JSON.stringify(kev), epss, ...records];
}
