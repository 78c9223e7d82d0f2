import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { writeNessus } from "@breakwater/simulator/scans/index";
import { startInstallation, type TestInstallation } from "@breakwater/testkit/installation";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

type Body = string | FormData | Buffer<ArrayBuffer>;
type Job = {
  id: string;
  status: string;
  format: string | null;
  connection: string | null;
  fileName: string | null;
  progress: number;
  message: string | null;
  counts: Record<string, number>;
  issues: { level: string; code: string; location: string; message: string }[];
};

const MAX_UPLOAD_BYTES = 3_000_000;
let installation: TestInstallation;
let token: string;

beforeAll(async () => {
  installation = await startInstallation({ environment: { maxUploadBytes: String(MAX_UPLOAD_BYTES) } });
  const login = new URLSearchParams({ username: "acme_mgr1", password: "Correct-horse-7-battery", token: "true" });
  const answer = await fetch(`${installation.url}/auth`, { method: "POST", body: login });
  token = (await answer.text()).trim();
});
afterAll(() => installation.close());

const report = (series: Partial<Parameters<typeof writeNessus>[0]> = {}): Buffer<ArrayBuffer> =>
  Buffer.concat([...writeNessus({ seed: 1, hosts: 20, itemsPerHost: 10, plugins: 200, ...series })]);

function upload(body: Body, headers: Record<string, string> = {}, query = ""): Promise<Response> {
  const all = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream", ...headers };
  if (body instanceof FormData) Reflect.deleteProperty(all, "content-type");
  return fetch(`${installation.url}/ingest/1.0/import${query}`, { method: "POST", body, headers: all });
}

async function ended(answer: Response): Promise<Job> {
  expect(answer.status).toBe(202);
  const { id } = (await answer.json()) as Job;
  // Ever more slowly: asking counts against the limit of an hour.
  for (let pauseMs = 20; ; pauseMs *= 2) {
    const job = (await (await get(`/ingest/1.0/import/${id}`)).json()) as Job;
    if (job.status === "COMPLETED" || job.status === "FAILED") return job;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

const get = (path: string) => fetch(`${installation.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
const storedFiles = () => readdir(join(installation.dataDir, "uploads")).catch(() => []);
async function problem(answer: Response) {
  return { status: answer.status, text: await answer.text() };
}

describe("a good file", () => {
  test("is answered with 202 and a job, which tells what it read; a second import changes nothing but last-seen", async () => {
    const body = report();
    const job = await ended(await upload(body, {}, "?connection=plant&fileName=week1.nessus"));
    expect(job).toMatchObject({
      status: "COMPLETED",
      format: "nessus",
      connection: "plant",
      fileName: "week1.nessus",
      progress: 100,
      message: null,
      issues: [],
    });
    expect(job.counts).toMatchObject({ recordsRead: 200, assetsNew: 20, recordsRefused: 0 });
    const again = await ended(await upload(body, {}, "?connection=plant"));
    expect(again.counts).toMatchObject({
      recordsRead: 200,
      findingsNew: 0,
      findingsUpdated: 0,
      findingsFixed: 0,
      assetsNew: 0,
    });
    expect(again.counts.findingsUnchanged).toBe(job.counts.findingsNew);
    expect(await storedFiles()).toEqual([]);
  });

  test("is read as the file of a form, gzipped, whatever its name says", async () => {
    const form = new FormData();
    form.set("note", "not a file");
    form.set("file", new Blob([gzipSync(report({ seed: 2 }))]), "photo.png");
    const job = await ended(await upload(form));
    expect(job).toMatchObject({ status: "COMPLETED", fileName: "photo.png", format: "nessus", connection: "Nessus" });
    expect(job.counts.recordsRead).toBe(200);
  });

  test("is read as JSON that says so", async () => {
    const file = { version: "2.1.0", runs: [{ tool: { driver: { name: "lint" } }, results: [] }] };
    for (const type of ["application/json", "application/sarif+json"]) {
      const job = await ended(await upload(JSON.stringify(file), { "content-type": type }));
      expect(job).toMatchObject({ status: "COMPLETED", format: "sarif" });
    }
  });

  test("is imported as the format that it is said to be, or not at all", async () => {
    const job = await ended(await upload(report({ seed: 9 }), {}, "?connection=said&format=nessus"));
    expect(job).toMatchObject({ status: "COMPLETED", format: "nessus", issues: [] });
    const other = await ended(await upload(report({ seed: 9 }), {}, "?connection=said&format=kev"));
    expect(other).toMatchObject({ status: "FAILED", format: null, counts: { recordsRead: 0 } });
    expect(other.issues).toMatchObject([{ code: "kind-not-accepted", message: expect.stringContaining("to be kev") }]);
    // Who may see uploads of captures and project files only does not see these.
    expect((await get(`/ot/1.0/import/${job.id}`)).status).toBe(404);
    for (const format of ["kevin", "capture", "a%00b", ""]) {
      expect((await upload(report(), {}, `?format=${format}`)).status).toBe(400);
    }
    expect(await storedFiles()).toEqual([]);
  });

  test("is of the connection that a field of its form names, before or behind the file", async () => {
    for (const order of [
      ["file", "connection"],
      ["connection", "file"],
    ]) {
      const form = new FormData();
      for (const field of order) {
        if (field === "file") form.set(field, new Blob([report({ seed: 4 })]), "a.nessus");
        else form.set(field, "by form");
      }
      expect(await ended(await upload(form))).toMatchObject({ status: "COMPLETED", connection: "by form" });
      const other = await problem(await upload(form, {}, "?connection=by+url"));
      expect(other).toMatchObject({ status: 400, text: expect.stringContaining("another in the form") });
    }
    expect(await storedFiles()).toEqual([]);
  });

  test("sent twice at once is imported once and found again once", async () => {
    const body = report({ seed: 3 });
    const jobs = await Promise.all([1, 2].map(async () => ended(await upload(body, {}, "?connection=twice"))));
    const news = jobs.map(({ counts }) => counts.findingsNew ?? 0).sort((a, b) => a - b);
    const unchanged = jobs.map(({ counts }) => counts.findingsUnchanged ?? 0).sort((a, b) => a - b);
    expect(news[0]).toBe(0);
    expect(unchanged).toEqual([0, news[1]]);
  });

  test("is listed, newest first, and shown to nobody outside the subscription", async () => {
    const list = await get("/ingest/1.0/import/list?pageSize=2");
    const all = await get("/ingest/1.0/import/list?pageSize=1000");
    for (const size of ["0", "1001"]) {
      const asDefault = await get(`/ingest/1.0/import/list?pageSize=${size}`);
      expect(await asDefault.json()).toEqual(await all.clone().json());
    }
    const jobs = (await list.json()) as Job[];
    expect(jobs).toHaveLength(2);
    expect(Number(list.headers.get("count"))).toBeGreaterThanOrEqual(2);
    await sql`INSERT INTO subscription (name) VALUES ('other')`.execute(installation.db.write);
    const { rows } = await sql<{ id: string }>`
      INSERT INTO import_job (subscription_id, status, file_bytes, file_sha256, created_by)
      SELECT max(id), 'COMPLETED', 1, '', 'x' FROM subscription RETURNING id`.execute(installation.db.write);
    for (const id of [rows[0]!.id, "00000000-0000-4000-8000-000000000000", "nonsense"]) {
      expect((await get(`/ingest/1.0/import/${id}`)).status).toBe(404);
    }
  });
});

describe("a file that cannot be read", () => {
  const entities =
    '<?xml version="1.0"?><!DOCTYPE NessusClientData_v2 [<!ENTITY a "b">]><NessusClientData_v2>&a;</NessusClientData_v2>';
  const cases: [string, Body, string][] = [
    ["that is not XML", "this is not a report", "cannot be imported"],
    ["that is other XML", "<html></html>", "html"],
    ["with a DOCTYPE", entities, "DOCTYPE"],
    ["that is JSON", '{"a": 1}', "JSON"],
    ["that is an empty gzip", gzipSync(""), "empty"],
    ["that is a gzip bomb", gzipSync(Buffer.alloc(400_000_000)), "decompresses"],
    ["that is a capture with an unknown link type", pcap(9999, []), "Link type 9999"],
  ];
  test.each(cases)("%s fails with what, where and what to do", async (_name, body, text) => {
    const job = await ended(await upload(body));
    expect(job.status).toBe("FAILED");
    expect(job.message).toContain(text);
    expect(job.issues.length).toBeGreaterThan(0);
    // The job has ended before its file is removed.
    await until(async () => (await storedFiles()).length === 0);
  });
});

describe("a file that is good in part", () => {
  test("is imported up to where it was cut, says so, and closes nothing", async () => {
    const whole = report({ seed: 5 });
    await ended(await upload(whole, {}, "?connection=cut"));
    const cut = await ended(await upload(whole.subarray(0, whole.length * 0.6), {}, "?connection=cut"));
    expect(cut).toMatchObject({ status: "COMPLETED" });
    expect(cut.message).toMatch(/^imported up to line \d+/);
    expect(cut.issues.at(-1)).toMatchObject({ level: "refused" });
    expect(cut.counts).toMatchObject({ findingsFixed: 0, findingsNew: 0, recordsRefused: 1 });
    expect(cut.counts.recordsRead).toBeGreaterThan(80);
  });

  test("counts whatever it refuses, lists the first thousand, and says how many it does not list", async () => {
    const rows = Array.from({ length: 3_000 }, (_, row) => `,Open port ${row},high`);
    const table = `host,title,severity\nweb1.example,Open port,high\n${rows.join("\n")}\n`;
    const job = await ended(await upload(table, {}, "?connection=hostless"));
    expect(job).toMatchObject({
      status: "COMPLETED",
      message: "imported in part; 3000 refused, 0 warnings: see issues",
    });
    expect(job.counts).toMatchObject({ recordsRead: 1, recordsRefused: 3_000, warnings: 0 });
    expect(job.issues).toHaveLength(1_001);
    expect(job.issues[0]).toMatchObject({ code: "asset-missing", location: "line 3" });
    expect(job.issues[999]).toMatchObject({ code: "asset-missing", location: "line 1002" });
    expect(job.issues.at(-1)).toEqual({
      level: "refused",
      code: "issues-not-listed",
      location: "whole file",
      message: "2000 more were refused and 0 more warned of than are listed here; mend the first ones and import again",
    });
  });

  test("that is a capture cut in the middle of a packet is imported up to there", async () => {
    const frame = Buffer.alloc(60);
    const capture = pcap(1, [frame, frame]);
    const job = await ended(await upload(capture.subarray(0, capture.length - 10)));
    expect(job.format).toBe("pcap");
    expect(job.issues.map(({ code }) => code)).toContainEqual(expect.stringMatching(/trunc|cut/));
  });
});

describe("an upload that is refused", () => {
  test("is empty", async () => {
    expect(await problem(await upload(""))).toMatchObject({ status: 400 });
  });

  test.each([
    ["multipart/mixed; boundary=x", 415, "multipart/form-data"],
    ["application/x-www-form-urlencoded", 415, "--data-binary"],
    ["multipart/form-data", 400, "boundary"],
    ["multipart/form-data; boundary=x", 400, "form"],
  ])("is sent as %s", async (type, status, text) => {
    const answer = await problem(await upload("abc", { "content-type": type }));
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  test("is a form of two files, of which none is read", async () => {
    const form = new FormData();
    for (const name of ["a", "b"]) form.append("file", new Blob([report({ seed: 6 })]), name);
    const answer = await problem(await upload(form));
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining("2 files") });
    expect(await storedFiles()).toEqual([]);
  });

  test("is a form without a file", async () => {
    const form = new FormData();
    form.set("a", "b");
    expect(await problem(await upload(form))).toMatchObject({ status: 400 });
  });

  test("is larger than the limit, which the answer names", async () => {
    const answer = await problem(await upload(Buffer.alloc(MAX_UPLOAD_BYTES + 1)));
    expect(answer.status).toBe(413);
    expect(answer.text).toContain(String(MAX_UPLOAD_BYTES));
    expect(await storedFiles()).toEqual([]);
  });

  test("is broken off: nothing is left of it, and no job", async () => {
    const before = Number((await get("/ingest/1.0/import/list")).headers.get("count"));
    const headers = { authorization: `Bearer ${token}`, "content-length": "1000000" };
    const call = request(`${installation.url}/ingest/1.0/import`, { method: "POST", headers });
    call.on("error", () => undefined);
    call.write(report().subarray(0, 50_000));
    await until(async () => (await storedFiles()).length === 1);
    call.destroy();
    await until(async () => (await storedFiles()).length === 0);
    expect(Number((await get("/ingest/1.0/import/list")).headers.get("count"))).toBe(before);
  });
});

test("a job whose file has been gone from the data directory for a day fails and says so", async () => {
  const { rows } = await sql<{ id: string }>`
    INSERT INTO import_job (subscription_id, status, file_bytes, file_sha256, created_by, created_at)
    VALUES (1, 'REQUESTED', 1, '', 'x', now() - interval '25 hours') RETURNING id`.execute(installation.db.write);
  await installation.restart();
  await until(async () => ((await (await get(`/ingest/1.0/import/${rows[0]!.id}`)).json()) as Job).status === "FAILED");
  const job = (await (await get(`/ingest/1.0/import/${rows[0]!.id}`)).json()) as Job;
  expect(job.message).toContain("import it again");
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A classic capture file of whole frames. */
function pcap(linkType: number, frames: readonly Buffer[]): Buffer<ArrayBuffer> {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(linkType, 20);
  const records = frames.flatMap((frame, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000 + index, 0);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, frame];
  });
  return Buffer.concat([head, ...records]);
}
