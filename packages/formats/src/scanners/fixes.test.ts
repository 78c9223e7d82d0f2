import { describe, expect, it } from "vitest";
import type { CheckRecord } from "../records.ts";
import { type CheckInput, ScanWriter } from "./kit/index.ts";
import { readScan } from "./read-scan.fixture.ts";

/** What each format has of a fix, and what becomes of it. Formats without a row tell of fixes in prose alone. */
const TOLD: readonly (readonly [name: string, wanted: boolean | null, text: string])[] = [
  ["Trivy, FixedVersion", true, trivy({ FixedVersion: "2.0" })],
  ["Trivy, no FixedVersion", null, trivy({})],
  ["Trivy, will_not_fix", false, trivy({ Status: "will_not_fix" })],
  ["Grype, fix.versions", true, grype({ fix: { versions: ["2.0"], state: "fixed" } })],
  ["Grype, fix.state not-fixed", false, grype({ fix: { versions: [], state: "not-fixed" } })],
  ["Grype, fix.state unknown", null, grype({ fix: { versions: [], state: "unknown" } })],
  ["Grype before 0.13, fixedInVersion", true, grype({ fixedInVersion: "2.0" })],
  ["OSV, a range with fixed", true, osv([{ introduced: "0" }, { fixed: "2.0" }])],
  ["OSV, a range without", null, osv([{ introduced: "0" }])],
  ["Snyk, fixedIn", true, snyk({ fixedIn: ["2.0"], isUpgradable: false, isPatchable: false })],
  ["Snyk, isUpgradable", true, snyk({ fixedIn: [], isUpgradable: true, isPatchable: false })],
  ["Snyk, isPatchable", true, snyk({ isUpgradable: false, isPatchable: true })],
  ["Snyk, none of them", false, snyk({ fixedIn: [], isUpgradable: false, isPatchable: false })],
  ["ASFF, FixedInVersion", true, asff({ VulnerablePackages: [{ Name: "lib", FixedInVersion: "2.0" }] })],
  [
    "ASFF, FixedInVersion NotAvailable",
    null,
    asff({ VulnerablePackages: [{ Name: "l", FixedInVersion: "NotAvailable" }] }),
  ],
  ["ASFF, FixAvailable NO", false, asff({ FixAvailable: "NO" })],
  ["ASFF, FixAvailable PARTIAL", true, asff({ FixAvailable: "PARTIAL" })],
  ["CycloneDX, response update", true, cycloneDx(["update"])],
  ["CycloneDX, response will_not_fix", false, cycloneDx(["will_not_fix"])],
  ["CycloneDX, no response", null, cycloneDx([])],
  ["OCSF, is_fix_available", true, ocsf({ is_fix_available: true })],
  ["OCSF, fixed_in_version", true, ocsf({ affected_packages: [{ name: "lib", fixed_in_version: "2.0" }] })],
  ["OCSF, fix_coverage_id none", false, ocsf({ fix_coverage_id: 3 })],
  ["Wazuh, less than", true, wazuh("Package less than 2.0")],
  ["Wazuh, unfixed", false, wazuh("Package unfixed")],
  ["Wazuh, default status", null, wazuh("Package default status")],
  ["Defender, fixingKbId", true, defender({ fixingKbId: "5001" })],
  ["Defender, recommendedSecurityUpdate", true, defender({ recommendedSecurityUpdate: "May 2026" })],
  ["Defender, securityUpdateAvailable false", false, defender({ securityUpdateAvailable: false })],
  ["OpenVAS, VendorFix", true, "IP,NVT OID,NVT Name,Solution Type\nh,1.3.6,t,VendorFix\n"],
  ["OpenVAS, Workaround", false, "IP,NVT OID,NVT Name,Solution Type\nh,1.3.6,t,Workaround\n"],
  ["Nessus, patch_publication_date", true, nessus("<patch_publication_date>2026/01/02</patch_publication_date>")],
  ["Nessus, none", null, nessus("<solution>Upgrade to 2.0.</solution>")],
  [
    "VMDR, Patch Released",
    true,
    'QID,Title,Severity,Asset Name,Patch Released,Vuln Patchable\n7,t,3,h,"Jan 02, 2026",No\n',
  ],
  ["VMDR, Vuln Patchable", true, "QID,Title,Severity,Asset Name,Patch Released,Vuln Patchable\n7,t,3,h,,Yes\n"],
  ["VMDR, not patchable", false, "QID,Title,Severity,Asset Name,Patch Released,Vuln Patchable\n7,t,3,h,,No\n"],
];

function trivy(...records: object[]): string {
  const Vulnerabilities = records.map((one) => ({ VulnerabilityID: "CVE-2099-1", PkgName: "lib", ...one }));
  return JSON.stringify({ SchemaVersion: 2, ArtifactName: "a", Results: [{ Target: "t", Vulnerabilities }] });
}

function grype(...records: object[]): string {
  const matches = records.map((one, index) => ({
    vulnerability: { id: "CVE-2099-1", severity: "High", ...one },
    artifact: { name: `lib${index}`, version: "1" },
  }));
  return JSON.stringify({ matches, source: { target: { userInput: "a" } } });
}

function osv(events: object[]): string {
  const advisory = { id: "GHSA-2222-2222-2222", affected: [{ package: { name: "lib" }, ranges: [{ events }] }] };
  const packages = [{ package: { name: "lib", version: "1" }, vulnerabilities: [advisory] }];
  return JSON.stringify({ results: [{ source: { path: "a" }, packages }] });
}

function snyk(record: object): string {
  const vulnerabilities = [{ id: "SNYK-1", name: "lib", version: "1", ...record }];
  return JSON.stringify({ vulnerabilities, projectName: "a" });
}

function asff(vulnerability: object): string {
  const frame = { SchemaVersion: "2018-10-08", ProductArn: "arn:aws:p", AwsAccountId: "1", Resources: [{ Id: "r" }] };
  return JSON.stringify([{ ...frame, Vulnerabilities: [{ Id: "CVE-2099-1", ...vulnerability }] }]);
}

function cycloneDx(response: string[]): string {
  const vulnerabilities = [{ id: "CVE-2099-1", analysis: { response } }];
  return JSON.stringify({ bomFormat: "CycloneDX", metadata: { component: { name: "a" } }, vulnerabilities });
}

function ocsf(vulnerability: object): string {
  const vulnerabilities = [{ cve: { uid: "CVE-2099-1" }, ...vulnerability }];
  return JSON.stringify([{ class_uid: 2002, resources: [{ uid: "a" }], vulnerabilities }]);
}

function wazuh(condition: string): string {
  return JSON.stringify({ data: { affected_items: [{ cve: "CVE-2099-1", agent_name: "a", name: "lib", condition }] } });
}

function defender(record: object): string {
  return JSON.stringify({ value: [{ cveId: "CVE-2099-1", machineId: "m", severity: "High", ...record }] });
}

function nessus(inner: string): string {
  const item = `<ReportItem port="1" protocol="tcp" severity="1" pluginID="1" pluginName="p">${inner}</ReportItem>`;
  return `<NessusClientData_v2><Report name="r"><ReportHost name="a">${item}</ReportHost></Report></NessusClientData_v2>`;
}

/** The check as it stands at the end of the file. */
async function lastCheck(text: string): Promise<CheckRecord | undefined> {
  async function* source() {
    yield Buffer.from(text);
  }
  const { events } = await readScan(source());
  return events.flatMap((event) => (event.type === "check" ? [event.check] : [])).at(-1);
}

describe("whether a patch is available", () => {
  it.each(TOLD)("%s: %s", async (_name, wanted, text) => {
    expect(await lastCheck(text)).toMatchObject({ isPatchAvailable: wanted });
  });

  it.each([
    ["Trivy", trivy],
    ["Grype", grype],
  ] as const)("%s: of several places one with a fix is enough, whichever comes first", async (_name, write) => {
    const fixed = { FixedVersion: "2.0", fix: { versions: ["2.0"] } };
    const open = { Status: "will_not_fix", fix: { versions: [], state: "wont-fix" } };
    for (const records of [
      [fixed, open],
      [open, fixed],
      [open, {}, fixed],
    ]) {
      expect(await lastCheck(write(...records))).toMatchObject({ id: "CVE-2099-1", isPatchAvailable: true });
    }
    expect(await lastCheck(write({}, open))).toMatchObject({ isPatchAvailable: false });
  });

  it("of a lesser record only the fix counts: what the worst one tells of the check stays, whichever comes first", () => {
    const worst = {
      id: "C",
      title: "Bad",
      severity: 5,
      description: "prose",
      cveIds: ["CVE-2099-1"],
      references: ["https://a.example"],
    } as const;
    const lesser = { id: "C", title: "Mild", severity: 2, isPatchAvailable: true, isExploitAvailable: true } as const;
    const checks = [
      [worst, lesser],
      [lesser, worst],
    ].map((inputs) => {
      const out = new ScanWriter({ product: "P" });
      for (const [index, input] of inputs.entries()) {
        const check = {
          ...input,
          ...("cveIds" in input ? { cveIds: [...input.cveIds], references: [...input.references] } : {}),
        };
        out.finding({ name: `h${index}` }, check as CheckInput, { instance: null }, "line 1");
      }
      return out
        .finish()
        .flatMap((event) => (event.type === "check" ? [event.check] : []))
        .at(-1);
    });
    expect(checks[0]).toMatchObject({ ...worst, isPatchAvailable: true, isExploitAvailable: null });
    expect(checks[1]).toEqual(checks[0]);
  });
});
