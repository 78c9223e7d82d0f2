import { existsSync, readFileSync } from "node:fs";
import { ingestImportCreate, ingestImportGet } from "@breakwater/contract";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

type Job = { id: string; status: string; counts: Record<string, number> };

const DATA = new URL("../../../../../../shared/data/scans/zap/", import.meta.url);
/** Called the second, it is two days older than the one called the first. */
const OLDER = "zap-results-second-scan.xml";
const NEWER = "zap-results-first-scan.xml";

let installation: TestInstallation;

async function runImport(name: string): Promise<Record<string, number>> {
  const client = installation.client();
  const payload = readFileSync(new URL(name, DATA));
  let job = await (await client.call(ingestImportCreate, { payload })).json<Job>();
  while (job.status !== "COMPLETED" && job.status !== "FAILED") {
    await new Promise((resolve) => setTimeout(resolve, 20));
    job = await (await client.call(ingestImportGet, { params: { id: job.id } })).json<Job>();
  }
  expect(job.status).toBe("COMPLETED");
  return job.counts;
}

async function countStates(): Promise<{ open: number; fixed: number }> {
  const { rows } = await sql<{ open: number; fixed: number }>`
    SELECT count(*) FILTER (WHERE status <> 'FIXED')::int AS open, count(*) FILTER (WHERE status = 'FIXED')::int AS fixed
    FROM finding`.execute(installation.db.write);
  return rows[0] as { open: number; fixed: number };
}

// Counted apart from our own code, with Python's ElementTree: distinct (alertRef, path of the uri, param) are 76 in the older
// scan and 86 in the newer; 64 are in both, 12 in the older alone, 22 in the newer alone.
describe.skipIf(!existsSync(DATA))("two real ZAP scans of one site (skipped without shared/data/scans)", () => {
  beforeEach(async () => {
    installation = await startInstallation();
  });
  afterEach(() => installation.close());

  test("one after the other: what is gone is fixed, what came is new", async () => {
    expect(await runImport(OLDER)).toMatchObject({ recordsRead: 76, findingsNew: 76, assetsNew: 1, recordsRefused: 0 });
    const { findingsUpdated = 0, findingsUnchanged = 0, ...counts } = await runImport(NEWER);
    expect(counts).toMatchObject({
      recordsRead: 86,
      findingsNew: 22,
      findingsFixed: 12,
      findingsReopened: 0,
      assetsNew: 0,
    });
    expect(findingsUpdated + findingsUnchanged).toBe(64);
    expect(await countStates()).toEqual({ open: 86, fixed: 12 });
  });

  test("the older after the newer: history is filled in, and the present state stays", async () => {
    expect(await runImport(NEWER)).toMatchObject({ findingsNew: 86, assetsNew: 1 });
    expect(await runImport(OLDER)).toMatchObject({
      recordsRead: 76,
      findingsFixed: 0,
      findingsReopened: 0,
      assetsNew: 0,
    });
    expect(await countStates()).toEqual({ open: 86, fixed: 12 });
  });
});
