import { expect, it } from "vitest";
import { readScan } from "./read-scan.fixture.ts";

const trivy = { SchemaVersion: 2, ArtifactName: "shop", ArtifactType: "filesystem" };
const host = '<status state="up"/><address addr="192.0.2.1" addrtype="ipv4"/>';
const workload = { Namespace: "default", Kind: "Deployment", Name: "web" };

/** Reports that found nothing, and what each of them was about: what is gone closes only on assets that were looked at. */
const reports: [format: string, report: string | object, assets: string[]][] = [
  ["Trivy, no results", { ...trivy, Results: null }, ["shop"]],
  ["Trivy, results left out", trivy, ["shop"]],
  ["Trivy, a result without records", { ...trivy, Results: [{ Target: "package-lock.json" }] }, ["shop"]],
  [
    "Trivy, a clean workload",
    { ClusterName: "c", Resources: [{ ...workload, Results: null }] },
    ["c/default/Deployment/web"],
  ],
  ["Trivy, a workload it could not scan", { ClusterName: "c", Resources: [{ ...workload, Error: "no image" }] }, []],
  ["Grype", { matches: [], source: { target: { userInput: "shop:1" } }, descriptor: { name: "grype" } }, ["shop:1"]],
  [
    "CycloneDX",
    { bomFormat: "CycloneDX", specVersion: "1.6", metadata: { component: { name: "shop" } }, vulnerabilities: [] },
    ["shop"],
  ],
  ["Snyk", { vulnerabilities: [], ok: true, dependencyCount: 3, projectName: "shop" }, ["shop"]],
  [
    "SARIF",
    {
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "T" } },
          versionControlProvenance: [{ repositoryUri: "https://git.example/shop" }],
          results: [],
        },
      ],
    },
    ["https://git.example/shop"],
  ],
  [
    "ZAP (JSON)",
    { site: [{ "@name": "https://shop.example", "@host": "shop.example", alerts: [] }] },
    ["shop.example"],
  ],
  ["ZAP (JSON), a site without host", { site: [{ "@name": "https://shop.example:8443" }] }, ["shop.example"]],
  [
    "ZAP (XML)",
    '<OWASPZAPReport><site name="http://shop.example" host="shop.example" port="80"><alerts></alerts></site></OWASPZAPReport>',
    ["shop.example"],
  ],
  ["Nmap", `<nmaprun><host>${host}</host></nmaprun>`, ["192.0.2.1"]],
  [
    "Nessus",
    '<NessusClientData_v2><Report name="r"><ReportHost name="web"><HostProperties></HostProperties></ReportHost></Report></NessusClientData_v2>',
    ["web"],
  ],
];

it.each(reports)("%s: what was looked at is told, and the report is complete", async (_format, report, assets) => {
  const text = typeof report === "string" ? `<?xml version="1.0"?>${report}` : JSON.stringify(report);
  async function* source() {
    yield Buffer.from(text);
  }
  const { events } = await readScan(source());
  expect(events.flatMap((event) => (event.type === "asset" ? [event.asset.name] : []))).toEqual(assets);
  expect(events.filter(({ type }) => type === "finding")).toEqual([]);
  expect(events.at(-1)).toEqual({ type: "end", isComplete: !text.includes("Error") });
});
