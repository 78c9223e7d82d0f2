import { beforeAll, describe, expect } from "vitest";
import { logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { type Finding, readFindings } from "../reports.ts";
import { ownTest, useOwnTarget } from "../target.ts";

const SCANNED = Date.parse("2025-01-06T12:00:00Z");
const target = useOwnTarget();
let findings: Finding[];
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  const token = await logIn(target);
  const items = [
    {
      pluginId: 73_001,
      name: "Two flaws",
      severity: 4 as const,
      cves: ["CVE-2020-1472", "CVE-2021-34527"],
      cvss3: 9.8,
    },
    { pluginId: 73_002, name: "No number", severity: 2 as const, port: 8080, output: "seen &amp; noted" },
    { pluginId: 73_003, name: "On UDP", severity: 1 as const, port: 161, protocol: "udp" },
    { pluginId: 73_002, name: "No number", severity: 2 as const, port: 8443 },
    { pluginId: 73_004, name: "Local", severity: 3 as const, port: 0 },
  ];
  const host = {
    ip: "10.3.0.1",
    fqdn: "gamma.plant.example",
    mac: "02:00:5e:03:00:01",
    operatingSystem: "Example OS 1",
  };
  await importFile(target, token, nessusFile([{ ...host, items }]));
  findings = await readFindings(target, token);
});

const named = (title: string) => findings.filter((finding) => finding.title === title);

describe("every finding", () => {
  const millis = expect.any(Number);
  const info = { basescore: expect.toSatisfy((score) => score === null || typeof score === "number") };
  ownTest("etm 3 [O]: it has each member of the table, of its type", async () => {
    expect(findings).toHaveLength(6);
    for (const finding of findings) {
      expect(finding).toMatchObject({
        id: expect.stringMatching(/^\S+$/),
        title: expect.any(String),
        description: expect.any(String),
        category: "VULNERABILITY",
        subCategory: expect.any(String),
        status: "NEW",
        vendorId: expect.stringMatching(/^7300\d$/),
        vendorProductName: expect.stringMatching(/Nessus/),
        isPatchAvailable: expect.any(Boolean),
        isQualysPatchable: false,
        truRiskScore: expect.any(Number),
        cvss: expect.any(Object),
        cve: { cvss2Info: info, cvss3Info: info, cvss4Info: info },
        firstFound: millis,
        lastFound: millis,
        asset: {
          assetName: "gamma.plant.example",
          internalAssetId: expect.any(String),
          criticalityScore: 2,
          tags: [],
        },
      });
      for (const member of ["cveId", "qvss", "lastFixed", "reopened", "port", "protocol", "instance"]) {
        expect(finding).toHaveProperty(member);
      }
      for (const member of ["epss", "cisaKev"]) expect(finding.cve).toHaveProperty(member);
    }
  });

  ownTest("etm 3 [O]: its id is its own", async () => {
    expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
  });

  ownTest("etm 3 [O]: severity is a whole number of 1 to 5, higher for what is worse", async () => {
    const severity = (title: string) => named(title)[0]?.severity ?? 0;
    const ladder = ["On UDP", "No number", "Local", "Two flaws"].map(severity);
    expect(ladder).toEqual(ladder.toSorted((a, b) => a - b));
    expect(new Set(ladder).size).toBe(4);
    for (const step of ladder) expect([1, 2, 3, 4, 5]).toContain(step);
  });

  ownTest("etm 5 [B]: qds is a whole number of 1 to 100", async () => {
    for (const { qds } of findings) {
      expect(Number.isInteger(qds)).toBe(true);
      expect(qds).toBeGreaterThanOrEqual(1);
      expect(qds).toBeLessThanOrEqual(100);
    }
  });

  ownTest("etm 3 [O]: times are epoch milliseconds of the scan, not of the import", async () => {
    for (const { firstFound, lastFound } of findings) {
      expect(Math.abs(firstFound - SCANNED)).toBeLessThanOrEqual(600_000);
      expect(Math.abs(lastFound - SCANNED)).toBeLessThanOrEqual(600_000);
    }
  });

  ownTest("etm 3 [O]: it names every source, with times, severity and evidence", async () => {
    for (const { sources, vendorId } of findings) {
      expect(sources).toHaveLength(1);
      expect(sources[0]).toMatchObject({
        source: expect.stringMatching(/Nessus/),
        vendorFindingId: vendorId,
        firstSeen: expect.any(Number),
        lastSeen: expect.any(Number),
        severity: expect.any(Number),
        evidence: expect.any(String),
      });
    }
    expect(named("No number").map(({ sources }) => sources[0])).toContainEqual(
      expect.objectContaining({ evidence: "seen & noted" }),
    );
  });

  ownTest("etm 3 [O]: it has the asset's addresses", async () => {
    expect(findings[0]?.asset).toMatchObject({
      ipAddresses: ["10.3.0.1"],
      macAddresses: ["02:00:5e:03:00:01"],
    });
  });
});

ownTest("etm 3 [O]: an item with two CVEs becomes two findings, one without stays one with null", async () => {
  expect(
    named("Two flaws")
      .map(({ cveId }) => cveId)
      .sort(),
  ).toEqual(["CVE-2020-1472", "CVE-2021-34527"]);
  expect(named("Local").map(({ cveId }) => cveId)).toEqual([null]);
});

ownTest("etm 3 [O]: the base score stands at cve.cvss3Info.basescore, spelled so", async () => {
  for (const { cve } of named("Two flaws")) expect(cve).toMatchObject({ cvss3Info: { basescore: 9.8 } });
});

ownTest("etm 3 [O]: port and protocol are part of the identity", async () => {
  expect(named("No number").map(({ port, protocol }) => [port, protocol])).toEqual(
    expect.arrayContaining([
      [8080, "tcp"],
      [8443, "tcp"],
    ]),
  );
  expect(named("On UDP")[0]).toMatchObject({ port: 161, protocol: "udp" });
});

ownTest(
  "etm 3 [O]: firstFound, lastFound, lastFixed and a source's first and last seen are its own dates where it tells them",
  async () => {
    if (process.env.CONFORMANCE_URL) return;
    const token = await logIn(target);
    const day = (date: string) => Date.parse(`${date}T00:00:00Z`);
    const table = [
      "host,title,severity,first seen,last seen,status",
      "dates.plant.example,Dated,high,2020-01-01,2024-03-05,open",
      "dates.plant.example,Upside down,high,2024-03-05,2020-01-01,open",
      "dates.plant.example,Begun,high,2020-01-01,,open",
    ].join("\n");
    const before = Date.now();
    const job = await importFile(target, token, table);
    expect(job.issues).toMatchObject([{ level: "warning", location: expect.stringContaining("line 3") }]);
    const told = new Map((await readFindings(target, token)).map((finding) => [finding.title, finding]));
    const expectDates = (title: string, first: number, last: number) => {
      const { firstFound, lastFound, sources } = told.get(title)!;
      const near = (at: number) =>
        at < before ? at : expect.toSatisfy((shown: number) => Math.abs(shown - at) < 600_000);
      expect({ firstFound, lastFound }).toEqual({ firstFound: near(first), lastFound: near(last) });
      expect(sources).toMatchObject([{ firstSeen: firstFound, lastSeen: lastFound }]);
    };
    expectDates("Dated", day("2020-01-01"), day("2024-03-05"));
    expectDates("Upside down", before, before);
    expectDates("Begun", day("2020-01-01"), before);
  },
);
