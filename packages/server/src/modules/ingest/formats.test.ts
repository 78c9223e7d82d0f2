import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formats, openIntake } from "@breakwater/formats";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";

type Job = {
  id: string;
  status: string;
  format: string | null;
  message: string | null;
  counts: Record<string, number>;
};

const FIXTURES = fileURLToPath(new URL("../../../../formats/fixtures/", import.meta.url));
const ids = formats.flatMap(({ id, kind }) => (kind === "scan" ? [id] : []));
/** Of each format the fixture with most findings. */
const inputs = new Map<string, { bytes: Buffer<ArrayBuffer>; findings: number }>();
let installation: TestInstallation;
let token: string;

beforeAll(async () => {
  installation = await startInstallation();
  // All formats in a row, each asked after until it is done, are more calls than an hour of the default level has.
  await sql`UPDATE subscription
    SET service_level = 'Custom', rate_limit = 100000, rate_window_sec = 60, concurrency_limit = 100`.execute(
    installation.db.write,
  );
  const login = new URLSearchParams({ username: "acme_mgr1", password: "Correct-horse-7-battery", token: "true" });
  token = (await (await fetch(`${installation.url}/auth`, { method: "POST", body: login })).text()).trim();
  for (const path of readdirSync(FIXTURES, { recursive: true, encoding: "utf8" }).sort()) {
    if (!/(^|[\\/])input\.\w+$/.test(path)) continue;
    const bytes = Buffer.from(readFileSync(FIXTURES + path));
    const { format, findings } = await read(bytes);
    if (format !== null && findings > (inputs.get(format)?.findings ?? 0)) inputs.set(format, { bytes, findings });
  }
});
afterAll(() => installation.close());

async function read(bytes: Uint8Array): Promise<{ format: string | null; findings: number }> {
  async function* whole() {
    yield bytes;
  }
  const found = { format: null as string | null, findings: 0 };
  for await (const event of openIntake(whole())) {
    if (event.type !== "member" || event.member.kind !== "scan") continue;
    found.format = event.member.format;
    for await (const batch of event.member.parse()) found.findings += batch.filter(isFinding).length;
  }
  return found;
}

const isFinding = ({ type }: { type: string }) => type === "finding";

async function runImport(body: Buffer<ArrayBuffer>): Promise<Job> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
  const answer = await fetch(`${installation.url}/ingest/1.0/import`, { method: "POST", body, headers });
  expect(answer.status).toBe(202);
  const { id } = (await answer.json()) as Job;
  // Ever more slowly: asking counts against the limit of an hour.
  for (let pauseMs = 20; ; pauseMs *= 2) {
    const job = (await (await fetch(`${installation.url}/ingest/1.0/import/${id}`, { headers })).json()) as Job;
    if (job.status === "COMPLETED" || job.status === "FAILED") return job;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

test.each(ids)("%s is imported; a second time changes nothing", async (id) => {
  const input = inputs.get(id);
  if (!input) throw new Error(`no fixture under ${FIXTURES} is recognised as ${id}`);
  const first = await runImport(input.bytes);
  expect(first).toMatchObject({ status: "COMPLETED", format: id });
  expect(first.counts.recordsRead).toBe(input.findings);
  const second = await runImport(input.bytes);
  const { findingsNew = 0, findingsUpdated = 0, findingsReopened = 0, findingsUnchanged = 0 } = first.counts;
  expect(second).toMatchObject({ status: "COMPLETED", format: id });
  expect(second.counts).toEqual({
    ...first.counts,
    findingsNew: 0,
    findingsUpdated: 0,
    findingsReopened: 0,
    findingsFixed: 0,
    findingsUnchanged: findingsNew + findingsUpdated + findingsReopened + findingsUnchanged,
    assetsNew: 0,
    assetsMerged: expect.any(Number),
  });
});
