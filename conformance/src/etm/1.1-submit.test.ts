import { beforeAll, describe, expect } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { followReport, REPORTS, type Report, readFindings } from "../reports.ts";
import { ownTest, useOwnTarget } from "../target.ts";

const target = useOwnTarget();
let token: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  const file = nessusFile([
    { ip: "10.1.0.1", fqdn: "alpha.plant.example", mac: "02:00:5e:01:00:01", items: [{ pluginId: 71_001 }] },
    {
      ip: "10.1.0.2",
      fqdn: "beta.plant.example",
      mac: "02:00:5e:01:00:02",
      items: [
        { pluginId: 71_001, severity: 4 },
        { pluginId: 71_002, cves: ["CVE-2021-44228"], severity: 4 },
      ],
    },
  ]);
  await importFile(target, token, file);
});

const submit = (json: unknown) => call(target, "POST", `${REPORTS}/findings`, { token, json });
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

ownTest("etm 1.1 [B]: it is 201 with Location and a flat object in state REQUESTED", async () => {
  const before = Date.now();
  const response = await submit({ reportFormat: "JSON", name: "Weekly", description: "All of it" });
  const report = await bodyOf<Report>(response, 201);
  expect(report).toMatchObject({
    id: expect.stringMatching(UUID),
    name: "Weekly",
    description: "All of it",
    status: "REQUESTED",
    reportFormat: "JSON",
  });
  expect(report.createdDate).toBeGreaterThanOrEqual(before);
  expect(report.createdDate).toBeLessThanOrEqual(Date.now());
  const location = new URL(response.headers.get("location") ?? "", target.url);
  expect(location.pathname).toBe(`${REPORTS}/${report.id}`);
  expect((await get(target, location.pathname, token)).status).toBe(200);
});

describe("the two bodies in use", () => {
  ownTest("etm 1.1 [O]: name with assetQql and findingsQql; both hold together", async () => {
    const queries = { assetQql: "asset.name:beta", findingsQql: "finding.vendorFindingId:71001" };
    const findings = await readFindings(target, token, queries);
    expect(findings.map((finding) => [finding.asset.assetName, finding.vendorId])).toEqual([
      ["beta.plant.example", "71001"],
    ]);
  });

  ownTest("etm 1.1 [O]: reportName with findingFilter.qql", async () => {
    const body = { reportName: "Theirs", reportFormat: "JSON", findingFilter: { qql: "finding.cveId:CVE-2021-44228" } };
    const report = await bodyOf<Report>(await submit(body), 201);
    expect(report.name).toBe("Theirs");
    expect((await followReport(target, token, report.id)).recordCount).toBe(1);
  });

  ownTest("etm 1.1 [O]: unknown members are ignored, also in the filter", async () => {
    const body = { reportFormat: "JSON", zip: true, findingFilter: { qql: "", page: 1 }, format: { x: [] } };
    const report = await bodyOf<Report>(await submit(body), 201);
    expect((await followReport(target, token, report.id)).recordCount).toBe(3);
  });

  ownTest("etm 1.1 [O]: all members but reportFormat are optional", async () => {
    expect((await submit({ reportFormat: "JSON" })).status).toBe(201);
    expect((await submit({ name: "x", assetQql: "" })).status).toBe(400);
    const nulls = { name: null, reportName: null, description: null, assetQql: null, findingsQql: null };
    for (const findingFilter of [null, { qql: null }]) {
      expect((await submit({ reportFormat: "JSON", ...nulls, findingFilter })).status).toBe(201);
    }
  });
});

describe("queries that cannot be read", () => {
  const mistakes: [member: string, body: object, wrong: string, nearest: string][] = [
    ["findingsQql", { findingsQql: "finding.severty:5" }, "finding.severty", "finding.severity"],
    ["findingFilter.qql", { findingFilter: { qql: "finding.statsu:NEW" } }, "finding.statsu", "finding.status"],
    ["assetQql", { assetQql: "asset.nmae:x" }, "asset.nmae", "asset.name"],
    ["assetQql", { assetQql: "asset.tags.name:x" }, "asset.tags.name", "asset.tag.name"],
  ];
  for (const [member, body, wrong, nearest] of mistakes) {
    ownTest(`etm 1.1 [O]: ${wrong} in ${member} is 400 with Invalid QQL token, its name and the nearest`, async () => {
      const { message } = await bodyOf<{ message: string }>(await submit({ reportFormat: "JSON", ...body }), 400);
      expect(message).toContain("Invalid QQL token");
      expect(message).toContain(wrong);
      expect(message.replaceAll(wrong, "")).toContain(nearest);
    });
  }

  ownTest("etm 1.1 [O]: a syntax error is 400 with its position", async () => {
    const body = { reportFormat: "JSON", findingsQql: "finding.severity:5 and\n  and finding.severity:4" };
    const { message } = await bodyOf<{ message: string }>(await submit(body), 400);
    expect(message).toMatch(/line 2/);
    expect(message).toMatch(/column 3/);
  });

  ownTest("qql 2 [B]: a finding token in assetQql is an error that says so", async () => {
    const body = { reportFormat: "JSON", assetQql: "finding.severity:5" };
    const { message } = await bodyOf<{ message: string }>(await submit(body), 400);
    expect(message).toContain("finding.severity");
    expect(message).toMatch(/findingsQql|finding quer/i);
  });
});

describe("formats", () => {
  for (const reportFormat of ["JSON", "CSV", "JSONL"]) {
    ownTest(`etm 1.1 [O]: ${reportFormat} is written`, async () => {
      const report = await bodyOf<Report>(await submit({ reportFormat }), 201);
      expect(await followReport(target, token, report.id)).toMatchObject({ status: "COMPLETED", reportFormat });
    });
  }

  for (const reportFormat of ["XML", "", "PDF", "json,csv", null, 5]) {
    ownTest(`etm 1.1 [O]: ${JSON.stringify(reportFormat)} is 400`, async () => {
      expect((await submit({ reportFormat })).status).toBe(400);
    });
  }
});
