import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type Issue, openIntake, type ScanEvent } from "@breakwater/formats";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedWorld, type World, type WorldFinding } from "../findings-read/seed.fixture.ts";
import { anyWorld, WORLD_NOW_MS } from "../findings-read/world.fixture.ts";
import {
  bomProblems,
  type CycloneDx,
  type OpenVex,
  openVexProblems,
  type Sarif,
  sarifProblems,
} from "./exchange-rules.fixture.ts";
import { openReportHarness, type ReportHarness, toCaller } from "./report-harness.fixture.ts";

let harness: ReportHarness;
beforeAll(async () => {
  harness = await openReportHarness({ partRecords: 7, nowMs: WORLD_NOW_MS });
});
afterAll(() => harness.close());

/** The parts of a report. */
async function make(subscriptionId: number, reportFormat: string): Promise<string[]> {
  const caller = toCaller(subscriptionId, { kind: "all" });
  const submitted = (await harness.call("etm.report.submit", caller, { body: { reportFormat } })) as {
    value: { id: string };
  };
  await harness.runWoken();
  const params = { id: submitted.value.id };
  const report = (await harness.call("etm.report.get", caller, { params })) as {
    value: { status: string; resources: string[] };
  };
  expect(report.value.status).toBe("COMPLETED");
  const parts: string[] = [];
  for (const name of report.value.resources) {
    const part = await harness.call("etm.report.part", caller, { params: { ...params, name } });
    if (!("stream" in part)) throw new Error("a part is a stream");
    parts.push(await text(part.stream));
  }
  return parts;
}

type Finding = {
  id: string;
  cveId: string | null;
  vendorId: string;
  vendorProductName: string;
  asset: { internalAssetId: string };
  port: number | null;
  protocol: string | null;
  instance: string | null;
};

/** A world, its findings by id as JSON tells them, and how many each part has. */
async function seed(world: World) {
  const { subscriptionId, findingIds } = await seedWorld(harness.db, world);
  const parts = (await make(subscriptionId, "JSON")).map((part) => JSON.parse(part) as Finding[]);
  const stated = new Map(world.findings.map((finding, index) => [String(findingIds[index]), finding]));
  return { subscriptionId, parts, stated };
}

const issueOf = ({ cveId, vendorProductName, vendorId }: Finding) => cveId ?? `${vendorProductName}/${vendorId}`;
const findingUrn = ({ id }: Finding) => `urn:breakwater:finding:${id}`;

/** Accepted in these worlds is always "False positive". */
function toCase({ status, acceptedUntil }: WorldFinding): string {
  if (status !== "FIXED" && (acceptedUntil ?? 0) > WORLD_NOW_MS) return "FALSE POSITIVE";
  return status;
}

const OPEN = ["NEW", "ACTIVE", "REOPENED"];

/** What our own importer finds in a part: as `asset, check, place, state`. */
async function readBack(part: string, format: string) {
  const found: { checkId: string; state: string }[] = [];
  const refused: Issue[] = [];
  for await (const event of openIntake(Readable.from([Buffer.from(part)]))) {
    if (event.type === "issue") throw new Error(event.issue.code);
    expect(event.member.format).toBe(format);
    for await (const batch of event.member.parse()) {
      for (const one of batch as ScanEvent[]) {
        if (one.type === "finding") found.push({ checkId: one.finding.checkId, state: one.finding.state ?? "open" });
        if (one.type === "issue" && one.issue.level === "refused") refused.push(one.issue);
      }
    }
  }
  expect(refused).toEqual([]);
  return found.sort(byText);
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

function toState(stated: WorldFinding): string {
  const known = toCase(stated);
  if (known === "FIXED") return "fixed";
  return known === "PROTECTED" || known === "FALSE POSITIVE" ? "mitigated" : "open";
}

const runs = { numRuns: 12 };

describe("a report for other tools has the findings of JSON, part by part, as valid documents that we read back", () => {
  it("in SARIF", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        const { subscriptionId, parts, stated } = await seed(world);
        const documents = await make(subscriptionId, "SARIF");
        expect(documents).toHaveLength(parts.length);
        for (const [index, findings] of parts.entries()) {
          const sarif = JSON.parse(documents[index]!) as Sarif;
          expect(sarifProblems(sarif)).toEqual([]);
          const { results, tool } = sarif.runs[0]!;
          expect(results.map((result) => result.fingerprints["breakwater/v1"])).toEqual(findings.map(({ id }) => id));
          expect(new Set(tool.driver.rules.map(({ id }) => id))).toEqual(new Set(findings.map(issueOf)));
          for (const [at, result] of results.entries()) {
            const own = stated.get(findings[at]!.id)!;
            expect(result.ruleId).toBe(issueOf(findings[at]!));
            expect(result.level).toBe(own.severity > 3 ? "error" : own.severity === 3 ? "warning" : "note");
            expect(result.suppressions !== undefined).toBe(toState(own) === "mitigated");
            expect(result.baselineState).toBe(
              own.status === "FIXED" ? "absent" : own.status === "NEW" ? "new" : "unchanged",
            );
          }
          const expected = findings.map((one) => ({ checkId: issueOf(one), state: toState(stated.get(one.id)!) }));
          expect(await readBack(documents[index]!, "sarif")).toEqual(expected.sort(byText));
        }
      }),
      runs,
    );
  });

  it("in CycloneDX", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        const { subscriptionId, parts, stated } = await seed(world);
        const documents = await make(subscriptionId, "CYCLONEDX");
        expect(documents).toHaveLength(parts.length);
        const serials = documents.map((part) => (JSON.parse(part) as CycloneDx).serialNumber);
        expect(new Set(serials).size).toBe(serials.length);
        for (const [index, findings] of parts.entries()) {
          const bom = JSON.parse(documents[index]!) as CycloneDx;
          expect(bomProblems(bom)).toEqual([]);
          expect(bom.vulnerabilities.map((one) => one["bom-ref"])).toEqual(findings.map(findingUrn));
          for (const [at, one] of bom.vulnerabilities.entries()) {
            const finding = findings[at]!;
            const known = toCase(stated.get(finding.id)!);
            expect(one.id).toBe(issueOf(finding));
            expect(one.affects[0]!.ref.split(":", 4).join(":")).toBe(
              `urn:breakwater:asset:${finding.asset.internalAssetId}`,
            );
            expect([known, one.analysis.state]).toEqual([
              known,
              OPEN.includes(known)
                ? "exploitable"
                : ({ FIXED: "resolved", PROTECTED: "not_affected", RETEST: "in_triage" }[known] ?? "false_positive"),
            ]);
          }
          const expected = findings.map((one) => ({ checkId: issueOf(one), state: toState(stated.get(one.id)!) }));
          expect(await readBack(documents[index]!, "cyclonedx-json")).toEqual(expected.sort(byText));
        }
      }),
      runs,
    );
  });

  it("in OpenVEX", async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async (world) => {
        const { subscriptionId, parts, stated } = await seed(world);
        const documents = await make(subscriptionId, "OPENVEX");
        expect(documents).toHaveLength(parts.length);
        for (const [index, findings] of parts.entries()) {
          const vex = JSON.parse(documents[index]!) as OpenVex;
          expect(openVexProblems(vex)).toEqual([]);
          expect(vex.statements.map((one) => one["@id"])).toEqual(findings.map(findingUrn));
          for (const [at, { status, vulnerability }] of vex.statements.entries()) {
            const known = toCase(stated.get(findings[at]!.id)!);
            expect(vulnerability.name).toBe(issueOf(findings[at]!));
            expect([known, status]).toEqual([
              known,
              OPEN.includes(known)
                ? "affected"
                : ({ FIXED: "fixed", RETEST: "under_investigation" }[known] ?? "not_affected"),
            ]);
          }
          // Of several statements on the same thing the importer keeps one; in truth no two findings are the same thing.
          const things = new Set(
            findings.map((one) =>
              JSON.stringify([issueOf(one), one.asset.internalAssetId, one.port, one.protocol, one.instance || null]),
            ),
          );
          expect(await readBack(documents[index]!, "openvex")).toHaveLength(things.size);
        }
      }),
      runs,
    );
  });
});
