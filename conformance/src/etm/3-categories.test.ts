import { expect } from "vitest";
import { logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { type Finding, readFindings } from "../reports.ts";
import { ownTest, useOwnTarget } from "../target.ts";

const target = useOwnTarget();

/** A report of an image with one thing of each kind. */
const REPORT = {
  SchemaVersion: 2,
  ArtifactName: "registry.example/shop:2.1",
  Results: [
    {
      Target: "shop (debian 12.5)",
      Vulnerabilities: [
        { VulnerabilityID: "CVE-2020-1472", PkgName: "samba", InstalledVersion: "4.9", Severity: "HIGH" },
      ],
    },
    {
      Target: "Dockerfile",
      Misconfigurations: [{ ID: "DS002", Title: "Runs as root", Severity: "HIGH", Status: "FAIL" }],
    },
    { Target: "/etc/shop.env", Secrets: [{ RuleID: "demo-token", Title: "Token", Severity: "CRITICAL" }] },
  ],
};

ownTest("etm 3 [D]: a finding's category is what its source found, and finding.type asks for it", async () => {
  const token = await logIn(target);
  const job = await importFile(target, token, JSON.stringify(REPORT));
  expect(job).toMatchObject({ status: "COMPLETED", format: "trivy" });
  const categories = (findings: Finding[]) => findings.map(({ category }) => category).sort();
  expect(categories(await readFindings(target, token))).toEqual(["MISCONFIGURATION", "SECRET", "VULNERABILITY"]);
  const secrets = await readFindings(target, token, { findingsQql: "finding.type:SECRET" });
  expect(secrets).toMatchObject([{ category: "SECRET", title: "Token", instance: "/etc/shop.env", cveId: null }]);
});
