import { ingestImportCreate, ingestImportGet } from "@breakwater/client";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { afterAll, beforeAll, expect, test } from "vitest";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await startInstallation();
});
afterAll(() => installation.close());

type Job = { id: string; status: string; counts: Record<string, number> };

async function importText(text: string, connection: string): Promise<Job> {
  const manager = installation.client();
  const answer = await manager.call(ingestImportCreate, {
    query: { connection },
    payload: Buffer.from(text),
    headers: { "content-type": "application/octet-stream" },
  });
  const { id } = await answer.json<Job>();
  for (;;) {
    const job = await (await manager.call(ingestImportGet, { params: { id } })).json<Job>();
    if (job.status === "COMPLETED" || job.status === "FAILED") return job;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const pages: [name: string, page: (cves: string[], hasMore: boolean) => object][] = [
  [
    "Defender",
    (cves, hasMore) => ({
      value: cves.map((cveId) => ({ cveId, machineId: "m", deviceName: "paged-defender", severity: "High" })),
      ...(hasMore ? { "@odata.nextLink": "https://api.example/?$skip=1" } : {}),
    }),
  ],
  [
    "Security Hub",
    (cves, hasMore) => ({
      Findings: cves.map((cve) => ({
        SchemaVersion: "2018-10-08",
        Id: cve,
        ProductArn: "arn:aws:securityhub:eu-west-1::product/x/x",
        GeneratorId: cve,
        Title: cve,
        Resources: [{ Type: "AwsAccount", Id: "paged-hub" }],
      })),
      ...(hasMore ? { NextToken: "t" } : {}),
    }),
  ],
];

test.each(pages)("pages close nothing that another page tells, the last one included: %s", async (name, page) => {
  const send = (cves: string[], hasMore: boolean) => importText(JSON.stringify(page(cves, hasMore)), name);
  await send(["CVE-2099-0001"], true);
  await send(["CVE-2099-0002"], true);
  const last = await send(["CVE-2099-0003"], false);
  expect(last.counts).toMatchObject({ findingsNew: 1, findingsFixed: 0, warnings: 1 });
  // What comes after it is an answer of its own.
  const whole = await send(["CVE-2099-0001", "CVE-2099-0003"], false);
  expect(whole.counts).toMatchObject({ findingsNew: 0, findingsFixed: 1, warnings: 0 });
});
