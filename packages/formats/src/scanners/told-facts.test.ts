import { describe, expect, it } from "vitest";
import type { FindingRecord, ScanEvent } from "../records.ts";
import { readScan } from "./read-scan.fixture.ts";

async function read(text: string): Promise<ScanEvent[]> {
  async function* source() {
    yield Buffer.from(text);
  }
  return (await readScan(source())).events;
}

async function findings(text: string): Promise<FindingRecord[]> {
  return (await read(text)).flatMap((event) => (event.type === "finding" ? [event.finding] : []));
}

const VMDR = "QID,Title,Severity,Asset Name,Type Detected,Disabled,Ignored,Vuln Patchable";

describe("what formats tell beside the weakness", () => {
  it("VMDR: how it was detected, whether it is disabled or ignored, and whether the source can patch it", async () => {
    const rows = ["7,t,3,h,Confirmed,No,Yes,Yes", "8,t,3,h,Potential,Yes,No,No", "9,t,3,h,Information,,,"];
    const events = await read([VMDR, ...rows, ""].join("\n"));
    const told = events.flatMap((event) => (event.type === "finding" ? [event.finding] : []));
    expect(told.map(({ typeDetected, isDisabled, isIgnored }) => [typeDetected, isDisabled, isIgnored])).toEqual([
      ["Confirmed", false, true],
      ["Potential", true, false],
      [undefined, undefined, undefined],
    ]);
    const checks = events.flatMap((event) => (event.type === "check" ? [event.check] : []));
    expect(checks.map(({ isVendorPatchable }) => isVendorPatchable)).toEqual([true, false, undefined]);
  });

  it.each([
    ["arn:aws:s3:::bucket", "AWS"],
    ["i-0123456789abcdef0", "AWS"],
    ["/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm", "AZURE"],
    ["//compute.googleapis.com/projects/p/zones/z/instances/i", "GCP"],
    ["printer 3", undefined],
  ])("Wiz: the cloud of %s is %s", async (id, provider) => {
    const text = `Issue ID,Control ID,Title,Status,Resource external ID\n1,c,t,OPEN,${id}\n`;
    const assets = (await read(text)).flatMap((event) => (event.type === "asset" ? [event.asset] : []));
    expect(assets.map(({ cloudProvider }) => cloudProvider)).toEqual([provider]);
  });

  it("OCSF: the provider that the event names", async () => {
    const event = { class_uid: 2003, metadata: { event_code: "c" }, resources: [{ uid: "project-1" }] };
    for (const [provider, wanted] of [
      ["aws", "AWS"],
      ["Google Cloud", "GCP"],
      ["Azure", "AZURE"],
      ["other", undefined],
    ]) {
      const text = JSON.stringify([{ ...event, cloud: { provider } }]);
      const assets = (await read(text)).flatMap((one) => (one.type === "asset" ? [one.asset] : []));
      expect(assets.map(({ cloudProvider }) => cloudProvider)).toEqual([wanted]);
    }
  });
});

describe("Trivy: a broken rule", () => {
  const report = (...records: object[]) =>
    JSON.stringify({
      SchemaVersion: 2,
      ArtifactName: "a",
      Results: [
        { Target: "main.tf", Misconfigurations: records.map((one) => ({ ID: "AVD-1", Status: "FAIL", ...one })) },
      ],
    });
  const instances = async (text: string) => (await findings(text)).map(({ instance }) => instance);

  it("stands at its resource, else at its lines, whatever the message says", async () => {
    const resource = { CauseMetadata: { Resource: "aws_s3_bucket.b", StartLine: 3, EndLine: 9 } };
    const lines = { CauseMetadata: { StartLine: 12, EndLine: 20 } };
    const wanted = ["main.tf aws_s3_bucket.b", "main.tf 12-20", "main.tf"];
    for (const Message of ["Bucket is public", "The bucket should not be public"]) {
      const records = [resource, lines, {}].map((one) => ({ ...one, Message }));
      expect(await instances(report(...records))).toEqual(wanted);
    }
  });
});
