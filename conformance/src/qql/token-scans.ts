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
export const SCANS = ["2026-01-05T10:00:00Z", "2026-02-05T11:30:00Z", "2026-03-05T12:45:30Z"] as const;

export const PLUGINS: readonly Plugin[] = [
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

export const AUDIT = { id: 21_157, rule: "1.1 Password history", family: "Policy Compliance", severity: 3 };

export const CSV = `address,id,title,severity,instance,cwe,description,state
10.8.0.1,T-1,Outdated library,High,/opt/app/lib/log.jar,CWE-502,A library of the application,open
fd00:8::9,T-2,Open door,Low,/srv/door,,Not closed,mitigated
`;

export const QUALYS = `"Asset Vuln Datalist Report","05 Mar 2026 06:07AM GMT-0500","1"
"Someone","someone","Scanner"
"CVE","CVE-Description","CVSSv2 Base (nvd)","CVSSv3.1 Base (nvd)","QID","Title","Severity","KB Severity","Type Detected","Last Detected","First Detected","Protocol","Port","Status","Asset Id","Asset Name","Asset IPV4","Asset IPV6","Solution","Published Date","Patch Released","Category","Operating System","Threat","Vuln Patchable","Disabled","Ignored","Results"
"CVE-2026-0005","One","5.0","5.3","38003","Library With Holes","3","3","Confirmed","Mar 04, 2026 07:00 PM","Jan 10, 2026 12:00 AM","TCP","8443","ACTIVE","31","APP1","10.8.1.31","","Update.","Dec 01, 2025 12:00 PM","Dec 02, 2025 12:00 PM","Web","Example Linux 9","Holes.","Yes","Yes","No","found 1.0"
"CVE-2026-0006","Two","7.5","9.8","38004","Nobody Mends This","5","5","Potential","Mar 04, 2026 07:00 PM","Jan 11, 2026 12:00 AM","TCP","8444","ACTIVE","31","APP1","10.8.1.31","","None.","Dec 01, 2025 12:00 PM","","Web","Example Linux 9","Holes.","No","No","Yes","found 1.0"
`;

export const REGISTER = `Unit;No;Defect;Grade;Loss;Days;Parts;Place;Cost
pump1.corp.example;D-1;Loose cover;High;12,5;0;3;1;1000000
pump2.corp.example;D-2;No guard;Low;0.25;40;;2;7
`;
export const REGISTER_MAPPING = {
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
export const PACKAGES = [
  { cve: "CVE-2026-0007", version: "5.1-2.demo", url: "https://advisory.example/5", status: "NEW" },
  { cve: "CVE-2026-0008", version: "2.4.49", url: "https://advisory.example/6", status: "SUPPRESSED" },
] as const;

/** Whose cloud an asset is in. */
export const CLOUDS: Readonly<Record<string, string>> = { [INSTANCE]: "AWS" };

export function hubFile(): string {
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

export function nessusFile(scan: number): string {
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
