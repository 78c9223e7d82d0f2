import { describe, expect, it } from "vitest";
import { NO_CVE_SIGNS } from "./finding-dictionary.ts";
import { type ExchangeRecord, toVerdict } from "./finding-exchange.ts";
import { EXCHANGE_DOCUMENTS } from "./part-formats.ts";

const NOW = new Date("2026-06-01T12:00:00Z");

type Acceptance = { reasonType: string; endMs: number | null };

function record(status: string, acceptance: Acceptance | null = null): ExchangeRecord {
  const unknown = { version: null, score: null, vector: null };
  const cvss3 = { version: "3.1", score: 10, vector: "CVSS:3.0/AV:N" };
  return {
    finding: {
      ...{ id: 7, assetId: 3, checkId: 1, category: "VULNERABILITY", severity: 5, status, cveId: "CVE-2021-44228" },
      ...{
        qds: 90,
        firstFoundMs: 0,
        ownLastFoundMs: 0,
        lastFixedMs: null,
        reopenedMs: null,
        port: null,
        protocol: null,
      },
      ...{ instance: null, acceptance: acceptance && JSON.stringify(acceptance), sources: [] },
    },
    check: {
      ...{ product: "Nessus", vendorId: "1", title: "a {0} b", description: "", solution: "Update it." },
      ...{
        cweIds: ["CWE-79", "CWE-502"],
        family: null,
        isPatchAvailable: false,
        isQualysPatchable: false,
        cvssBase: 10,
      },
      ...{ cvss2: unknown, cvss3, cvss4: unknown, cvss: cvss3 },
    },
    asset: {
      ...{ id: 3, name: "db1", risk: 0, criticality: 1, tags: [], ipAddresses: [], macAddresses: [], hostNames: [] },
      seenAtMs: new Map(),
    },
    signs: NO_CVE_SIGNS,
    qvss: null,
    lastFoundMs: 0,
    sources: [],
  };
}

const at = NOW.getTime();
const accepted = (reasonType: string, endMs: number | null = null) => record("ACTIVE", { reasonType, endMs });

describe("what is to be thought of a finding", () => {
  it.each([
    ["NEW", "open"],
    ["ACTIVE", "open"],
    ["REOPENED", "open"],
    ["FIXED", "fixed"],
    ["PROTECTED", "mitigated"],
    ["RETEST", "investigated"],
  ])("is told by the status %s: %s", (status, kind) => {
    expect(toVerdict(record(status), NOW)).toEqual({ kind, reason: null });
  });

  it.each([
    ["Accepted risk", "accepted"],
    ["Planned remediation", "accepted"],
    ["Compensating control", "mitigated"],
    ["False positive", "refuted"],
    ["Not applicable", "refuted"],
  ])("is told by the acceptance in force, %s: %s", (reason, kind) => {
    for (const endMs of [null, at + 1]) expect(toVerdict(accepted(reason, endMs), NOW)).toEqual({ kind, reason });
    expect(toVerdict(accepted(reason, at), NOW).kind).toBe("open");
    expect(toVerdict(record("FIXED", { reasonType: reason, endMs: null }), NOW).kind).toBe("fixed");
  });
});

describe("a finding in the formats of other tools", () => {
  const facts = { reportId: "r", ordinal: 1, at: NOW };
  const element = (format: "SARIF" | "CYCLONEDX" | "OPENVEX", one: ExchangeRecord) =>
    EXCHANGE_DOCUMENTS[format](facts).toElement(one);

  it("accepted as a risk, is affected and will not be fixed", () => {
    const one = accepted("Accepted risk");
    expect(element("CYCLONEDX", one)).toMatchObject({
      analysis: { state: "exploitable", response: ["will_not_fix"], detail: "Accepted risk" },
    });
    expect(element("OPENVEX", one)).toMatchObject({ status: "affected", action_statement: "Accepted risk" });
    expect(element("SARIF", one)).toMatchObject({
      suppressions: [{ kind: "external", status: "accepted", justification: "Accepted risk" }],
    });
  });

  it("has scores with their vectors, weaknesses by number, and the solution", () => {
    expect(element("CYCLONEDX", record("NEW"))).toMatchObject({
      source: { name: "NVD", url: "https://nvd.nist.gov/vuln/detail/CVE-2021-44228" },
      ratings: [
        { source: { name: "Breakwater" }, severity: "critical", method: "other" },
        { score: 10, method: "CVSSv3", vector: "CVSS:3.0/AV:N" },
      ],
      cwes: [79, 502],
      recommendation: "Update it.",
      affects: [{ ref: "urn:breakwater:asset:3" }],
    });
    expect(element("OPENVEX", record("NEW"))).toMatchObject({ status: "affected", action_statement: "Update it." });
  });

  it("names its place on the asset", () => {
    const one = record("NEW");
    Object.assign(one.finding, { port: 443, protocol: "tcp", instance: "a/b@1" });
    const urn = "urn:breakwater:asset:3:443%2Ftcp%20a%2Fb%401";
    const document = EXCHANGE_DOCUMENTS.CYCLONEDX(facts);
    expect(document.toElement(one)).toMatchObject({ affects: [{ ref: urn }] });
    expect(JSON.parse(`${document.head}${[...document.tail()].join("")}`).components).toEqual([
      {
        ...{ type: "platform", "bom-ref": "urn:breakwater:asset:3", name: "db1" },
        components: [{ type: "application", "bom-ref": urn, name: "443/tcp a/b@1" }],
      },
    ]);
    expect(element("OPENVEX", one)).toMatchObject({
      products: [{ "@id": "urn:breakwater:asset:3", subcomponents: [{ "@id": urn }] }],
    });
    expect(element("SARIF", one)).toMatchObject({
      locations: [{ logicalLocations: [{ name: "443/tcp a/b@1", fullyQualifiedName: "db1/443/tcp a/b@1" }] }],
    });
  });

  it("in SARIF, has braces doubled, and its rule behind it", () => {
    const document = EXCHANGE_DOCUMENTS.SARIF(facts);
    expect(document.toElement(record("NEW"))).toMatchObject({ message: { text: "a {{0}} b on db1" }, ruleIndex: 0 });
    const sarif = JSON.parse(`${document.head}${[...document.tail()].join("")}`);
    expect(sarif.runs[0].tool.driver.rules).toEqual([
      {
        id: "CVE-2021-44228",
        shortDescription: { text: "a {0} b" },
        properties: {
          tags: ["vulnerability", "external/cwe/cwe-79", "external/cwe/cwe-502"],
          "security-severity": "10.0",
        },
      },
    ]);
  });
});
