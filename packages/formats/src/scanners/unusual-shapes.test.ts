import { describe, expect, it } from "vitest";
import type { CheckRecord, FindingRecord } from "../records.ts";
import { readScan } from "./read-scan.fixture.ts";

/** Shapes that formats allow and few files have. */

async function read(report: string | object): Promise<{ checks: CheckRecord[]; findings: FindingRecord[] }> {
  const text = typeof report === "string" ? `<?xml version="1.0"?>${report}` : JSON.stringify(report);
  async function* source() {
    yield Buffer.from(text);
  }
  const { events } = await readScan(source());
  return {
    checks: events.flatMap((event) => (event.type === "check" ? [event.check] : [])),
    findings: events.flatMap((event) => (event.type === "finding" ? [event.finding] : [])),
  };
}

describe("CycloneDX", () => {
  const component = { "bom-ref": "b", name: "lib", version: "2" };
  const bom = { bomFormat: "CycloneDX", specVersion: "1.6", metadata: { component: { name: "shop" } } };

  it.each([
    [["unaffected"], "mitigated"],
    [["unaffected", "affected"], undefined],
    [["unknown"], undefined],
    [[undefined], undefined],
  ])("a component whose versions are %s is %s", async (statuses, state) => {
    const versions = statuses.map((status) => ({ version: "2", ...(status ? { status } : {}) }));
    const vulnerabilities = [{ id: "CVE-2099-1001", affects: [{ ref: "b", versions }] }];
    const { findings } = await read({ ...bom, components: [component], vulnerabilities });
    expect(findings.map((finding) => [finding.instance, finding.state])).toEqual([["lib@2", state]]);
  });

  const head =
    '<bom xmlns="http://cyclonedx.org/schema/bom/1.2" xmlns:v="http://cyclonedx.org/schema/ext/vulnerability/1.0">';
  const inner = '<component bom-ref="b"><name>lib</name><version>2</version>';
  const weakness = "<v:id>CVE-2099-1001</v:id>";

  it("1.2 in XML: vulnerabilities of components within components", async () => {
    const told = `<v:vulnerabilities><v:vulnerability>${weakness}</v:vulnerability></v:vulnerabilities>`;
    const outer = `<component><name>app</name><components>${inner}${told}</component></components></component>`;
    const { findings } = await read(`${head}<components>${outer}</components></bom>`);
    expect(findings.map(({ checkId, instance }) => [checkId, instance])).toEqual([["CVE-2099-1001", "lib@2"]]);
  });

  it("1.2 in XML: vulnerabilities behind the components", async () => {
    const told = `<v:vulnerabilities><v:vulnerability ref="b">${weakness}</v:vulnerability></v:vulnerabilities>`;
    const { findings } = await read(`${head}<components>${inner}</component></components>${told}</bom>`);
    expect(findings.map(({ checkId, instance }) => [checkId, instance])).toEqual([["CVE-2099-1001", "lib@2"]]);
  });

  it("a score of 0 without a vector is none", async () => {
    const ratings = [{ score: 0, severity: "medium", method: "CVSSv31" }];
    const { checks } = await read({ ...bom, vulnerabilities: [{ id: "CVE-2099-1001", ratings }] });
    expect(checks.map(({ severity, cvss }) => [severity, cvss])).toEqual([[3, []]]);
  });
});

describe("SARIF", () => {
  it("kinds of weakness that a rule refers to by the taxonomy", async () => {
    const to = (id: string, name: string) => ({ target: { id, toolComponent: { name } }, kinds: ["superset"] });
    const rule = { id: "R1", relationships: [to("79", "CWE"), to("CWE-20", "CWE"), to("A03", "OWASP")] };
    const results = [{ ruleIndex: 0, message: { text: "m" } }];
    const { checks } = await read({
      version: "2.1.0",
      runs: [{ tool: { driver: { name: "T", rules: [rule] } }, results }],
    });
    expect(checks[0]?.cweIds).toEqual(["CWE-20", "CWE-79"]);
  });
});

describe("SARIF of scanners of packages", () => {
  it.each([
    ["GHSA-c2qf-rxjj-qqgw-semver", "VULNERABILITY", ["GHSA-C2QF-RXJJ-QQGW"]],
    ["CVE-2099-1001-semver", "VULNERABILITY", ["CVE-2099-1001"]],
    ["CA-1000", "CODE", []],
  ])("the rule %s is a %s", async (id, category, names) => {
    const results = [{ ruleId: id, message: { text: "m" } }];
    const { checks } = await read({
      version: "2.1.0",
      runs: [{ tool: { driver: { name: "T", rules: [{ id }] } }, results }],
    });
    const [check] = checks;
    const ghsa = check?.aliases?.filter((name) => name.startsWith("GHSA")) ?? [];
    expect([check?.category, [...(check?.cveIds ?? []), ...ghsa]]).toEqual([category, names]);
  });
});

describe("OSV-Scanner", () => {
  const osv = (advisory: object, group: object) => {
    const packages = [{ package: { name: "lib", version: "1" }, vulnerabilities: [advisory], groups: [group] }];
    return { results: [{ source: { path: "/go.mod", type: "lockfile" }, packages }] };
  };

  it("an advisory that does not rate itself is as severe as its group, the check as the finding", async () => {
    const { checks, findings } = await read(osv({ id: "GO-2099-1" }, { ids: ["GO-2099-1"], max_severity: "8.7" }));
    expect([checks[0]?.severity, findings[0]?.severity]).toEqual([4, 4]);
  });

  const vector = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N";
  it.each([
    ["of a lone vector is its own", [{ type: "CVSS_V4", score: vector }], [{ version: "4.0", vector, score: 8.7 }], 4],
    ["beside a word is nobody's", [{ type: "Ubuntu", score: "low" }], [], 2],
  ])("the score of the group %s", async (_what, severity, cvss, rated) => {
    const { checks } = await read(
      osv({ id: "GHSA-c2qf-rxjj-qqgw", severity }, { ids: ["GHSA-c2qf-rxjj-qqgw"], max_severity: "8.7" }),
    );
    expect(checks.map((check) => [check.cvss, check.severity])).toEqual([[cvss, rated]]);
  });

  it("a malicious package is critical, though nobody rates it", async () => {
    const { checks, findings } = await read(osv({ id: "MAL-2099-1" }, { ids: ["MAL-2099-1"], max_severity: "" }));
    expect([checks[0]?.severity, checks[0]?.category, findings[0]?.severity]).toEqual([5, "MALWARE", 5]);
  });
});

describe("scores without a version count as CVSS 3.1", () => {
  it("OpenVAS, CSV", async () => {
    const rows = "IP,CVSS,Severity,NVT Name,NVT OID\n192.0.2.1,7.5,High,t,1.3.6\n192.0.2.1,0.0,Log,u,1.3.7\n";
    async function* source() {
      yield Buffer.from(rows);
    }
    const { events } = await readScan(source());
    const checks = events.flatMap((event) => (event.type === "check" ? [event.check] : []));
    expect(checks.map(({ severity, cvss }) => [severity, cvss])).toEqual([
      [4, [{ version: "3.1", vector: null, score: 7.5 }]],
      [1, []],
    ]);
  });

  it("Nmap, lists of CVEs, where 0 is a score that is not known", async () => {
    const output = "CVE-2099-1001 9.8 https://vulners.example&#10;CVE-2099-1002 0.0 https://vulners.example";
    const { checks } = await read(nmap(`<script id="vulners" output="${output}"/>`));
    expect(checks.map(({ severity, cvss }) => [severity, cvss])).toEqual([
      [5, [{ version: "3.1", vector: null, score: 9.8 }]],
      [3, []],
    ]);
  });

  it("Nmap, a script that names the version", async () => {
    const score = '<table key="scores"><elem key="CVSSv2">7.8 (HIGH) (AV:N/AC:L/Au:N/C:N/I:N/A:C)</elem></table>';
    const table = `<table key="CVE-2099-1001"><elem key="state">VULNERABLE</elem>${score}</table>`;
    const { checks } = await read(nmap(`<script id="http-x" output="o">${table}</script>`));
    const cvss = [{ version: "2.0", vector: "AV:N/AC:L/Au:N/C:N/I:N/A:C", score: 7.8 }];
    expect(checks.map((check) => [check.severity, check.cvss])).toEqual([[4, cvss]]);
  });

  function nmap(script: string): string {
    const port = `<ports><port protocol="tcp" portid="22">${script}</port></ports>`;
    return `<nmaprun><host><status state="up"/><address addr="192.0.2.1" addrtype="ipv4"/>${port}</host></nmaprun>`;
  }
});

describe("tables of scanners", () => {
  const table = async (...lines: string[]) => {
    async function* source() {
      yield Buffer.from(`${lines.join("\n")}\n`);
    }
    const { format, events } = await readScan(source());
    return { format, told: events.filter(({ type }) => type !== "run" && type !== "end") };
  };

  it("what tells of hosts, scores and dates beside the columns of Nessus", async () => {
    const columns = "Plugin ID,CVE,Risk,Host,Protocol,Port,Name,Plugin Output,CVSS3 Base Score,CVSS3 Vector";
    const vector = "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    const { format, told } = await table(
      `${columns},FQDN,NetBios,OS,IP Address,MAC Address,First Found,Last Found`,
      `7,,High,192.0.2.5,TCP,443,t,o,9.8,${vector},h5.corp.example,CORP\\H5,Linux,192.0.2.5,00:11:22:33:44:55,2024-01-02T03:04:05Z,2024-02-02T03:04:05Z`,
    );
    expect(format).toBe("nessus-csv");
    expect(told).toMatchObject([
      { check: { cvss: [{ version: "3.0", vector, score: 9.8 }] } },
      {
        asset: {
          ipAddresses: ["192.0.2.5"],
          hostNames: ["h5.corp.example", "h5"],
          macAddresses: ["00:11:22:33:44:55"],
          operatingSystem: "Linux",
        },
      },
      { finding: { firstSeenAt: Date.UTC(2024, 0, 2, 3, 4, 5), lastSeenAt: Date.UTC(2024, 1, 2, 3, 4, 5) } },
    ]);
  });

  const scan = (status: string, ...rows: string[]) => [
    '"Scan Results","01/15/2024 at 10:30:00 (GMT)"',
    '"Launch Date","Active Hosts","Total Hosts","Type","Status","Reference"',
    `"01/15/2024 at 09:00:00 (GMT)","2","3","On-demand","${status}","scan/1.2"`,
    '"IP","DNS","NetBIOS","OS","IP Status","QID","Title","Type","Severity","Port","Protocol"',
    '"192.0.2.1","No registered hostname","","Linux","host scanned, found vuln","38628","t","Vuln","3","443","tcp"',
    ...rows,
  ];
  const notes = [
    '"192.0.2.3","","","","hosts not scanned, host not alive (IP)"',
    '"Target distribution across scanner appliances","External : 192.0.2.1"',
  ];

  it.each([
    ["Finished", true],
    ["Canceled", false],
  ])("results of a Qualys scan with its notes on hosts that were not scanned: %s", async (status, isComplete) => {
    const clean = '"192.0.2.2","","","Linux","host scanned, no vuln","","","","","",""';
    async function* source() {
      yield Buffer.from(`${scan(status, clean, ...notes).join("\n")}\n`);
    }
    const { events } = await readScan(source());
    const assets = events.flatMap((event) =>
      event.type === "asset" ? [[event.asset.name, event.asset.hostNames]] : [],
    );
    expect(assets).toEqual([
      ["192.0.2.2", []],
      ["192.0.2.1", []],
    ]);
    expect(events.filter(({ type }) => type === "finding")).toHaveLength(1);
    expect(events.filter(({ type }) => type === "issue")).toHaveLength(isComplete ? 0 : 1);
    expect(events.at(-1)).toEqual({ type: "end", isComplete });
  });

  it("a table with the usual names of a security centre", async () => {
    const { format, told } = await table(
      '"Plugin","Plugin Name","Severity","IP Address","Protocol","Port","Plugin Text","CVSS V2 Base Score","CVSS V3 Base Score","First Discovered"',
      '"7","A hole","High","192.0.2.5","TCP","443","seen","5.0","9.8","Jan 2, 2024 03:04:05 UTC"',
    );
    expect(format).toBe("generic-csv");
    expect(told).toMatchObject([
      { check: { id: "7", title: "A hole", cvss: [{ version: "3.1", score: 9.8 }] } },
      { asset: { name: "192.0.2.5" } },
      { finding: { evidence: "seen", port: 443, firstSeenAt: Date.UTC(2024, 0, 2, 3, 4, 5) } },
    ]);
  });
});

describe("statements on weaknesses (VEX) close nothing that they do not speak of", () => {
  const analysed = { id: "CVE-2099-1001", analysis: { state: "not_affected" }, affects: [{ ref: "b" }] };
  const bare = { id: "CVE-2099-1002", affects: [{ ref: "b" }] };
  const bom = { bomFormat: "CycloneDX", specVersion: "1.6", metadata: { component: { name: "shop" } } };
  const components = [{ "bom-ref": "b", name: "lib", version: "2" }];
  const statement = { vulnerability: { name: "CVE-2099-1001" }, products: [{ "@id": "shop" }], status: "affected" };

  it.each<[string, object, boolean]>([
    ["OpenVEX", { "@context": "https://openvex.dev/ns/v0.2.0", statements: [statement] }, false],
    ["CycloneDX, statements alone", { ...bom, vulnerabilities: [analysed] }, false],
    ["CycloneDX, with the components", { ...bom, components, vulnerabilities: [analysed] }, true],
    ["CycloneDX, with what nobody has looked into", { ...bom, vulnerabilities: [analysed, bare] }, true],
    ["CycloneDX, nothing found", { ...bom, vulnerabilities: [] }, true],
  ])("%s", async (_name, report, isComplete) => {
    async function* source() {
      yield Buffer.from(JSON.stringify(report));
    }
    const { events } = await readScan(source());
    expect(events.filter(({ type }) => type === "issue")).toEqual([]);
    expect(events.at(-1)).toEqual({ type: "end", isComplete });
  });
});

it("Nexpose: what is held possible by the version alone is found too", async () => {
  const statuses = ["vulnerable-potential", "potential", "exception-vulnerable-potential", "not-vulnerable", "unknown"];
  const tests = statuses.map((status, index) => `<test id="t${index}" status="${status}"/>`).join("");
  const node = `<nodes><node address="192.0.2.1" status="alive"><tests>${tests}</tests></node></nodes>`;
  const { findings } = await read(`<NexposeReport version="2.0">${node}</NexposeReport>`);
  expect(findings.map(({ checkId, typeDetected, state }) => [checkId, typeDetected, state])).toEqual([
    ["t0", "Potential", undefined],
    ["t1", "Potential", undefined],
    ["t2", "Potential", "mitigated"],
  ]);
});
