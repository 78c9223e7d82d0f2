import {
  adminUserCreate,
  type Client,
  ingestImportCreate,
  ingestImportGet,
  ingestImportList,
} from "@breakwater/client";
import { MANAGER, startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";

type Job = { id: string; status: string; createdBy: string; issues: { message: string }[] };

const PASSWORD = "Staple-battery-11-horse";
let installation: TestInstallation;
let manager: Client;
beforeAll(async () => {
  installation = await startInstallation();
  manager = installation.client();
  for (const username of ["scanner-a", "scanner-b"]) {
    await manager.call(adminUserCreate, { body: { username, password: PASSWORD, role: "Scanner" } });
  }
});
afterAll(() => installation.close());

/** Sends a file that is refused with an issue, and waits for the end of its job. */
async function importRefused(client: Client, fileName: string): Promise<Job> {
  const answer = await client.call(ingestImportCreate, {
    query: { fileName },
    payload: Buffer.from("not a report"),
    headers: { "content-type": "application/octet-stream" },
  });
  const { id } = await answer.json<Job>();
  // Ever more slowly: asking counts against the limit of an hour.
  for (let pauseMs = 20; ; pauseMs *= 2) {
    const job = await (await client.call(ingestImportGet, { params: { id } })).json<Job>();
    if (job.status === "FAILED") return job;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function list(client: Client, query = {}): Promise<{ ids: string[]; count: number | undefined }> {
  const answer = await client.call(ingestImportList, { query });
  return { ids: (await answer.json<Job[]>()).map(({ id }) => id), count: answer.count };
}

test("who has no full scope sees only the imports of their own; others are 404 and not counted", async () => {
  const [a, b] = ["scanner-a", "scanner-b"].map((username) =>
    installation.client({ username, password: PASSWORD }),
  ) as [Client, Client];
  const ofManager = await importRefused(manager, "manager.nessus");
  const ofA = await importRefused(a, "a.nessus");
  expect(ofManager.issues.length).toBeGreaterThan(0);
  expect(ofA).toMatchObject({ createdBy: "scanner-a" });
  expect(ofA.issues.length).toBeGreaterThan(0);

  expect(await list(a)).toEqual({ ids: [ofA.id], count: 1 });
  expect(await list(a, { pageNumber: 1 })).toEqual({ ids: [], count: 1 });
  expect(await list(b)).toEqual({ ids: [], count: 0 });
  expect(await list(manager)).toEqual({ ids: [ofA.id, ofManager.id], count: 2 });
  for (const [client, id] of [
    [a, ofManager.id],
    [b, ofManager.id],
    [b, ofA.id],
  ] as const) {
    await expect(client.call(ingestImportGet, { params: { id } })).rejects.toMatchObject({ status: 404 });
  }
  const seen = await manager.call(ingestImportGet, { params: { id: ofA.id } });
  expect(await seen.json<Job>()).toEqual(ofA);
});

test("an import is in the audit log: who, which file, from where, as which job", async () => {
  const job = await importRefused(manager, "audited.nessus");
  const { rows } = await sql`
    SELECT subscription_id, actor, action, target, address, result, detail FROM audit_event
    WHERE target = ${job.id}`.execute(installation.db.read);
  expect(rows).toEqual([
    {
      subscription_id: 1,
      actor: MANAGER.username,
      action: "ingest.import.create",
      target: job.id,
      address: expect.stringMatching(/127\.0\.0\.1|::1/),
      result: "success",
      detail: { fileName: "audited.nessus", bytes: 12 },
    },
  ]);
});
