import { beforeAll, describe, expect } from "vitest";
import { fromBufferPromise } from "yauzl";
import { bodyOf, call, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { type Finding, followReport, REPORTS, type Report, submitReport } from "../reports.ts";
import { ownTest, useOwnTarget } from "../target.ts";

const HOSTS = 61;
const ITEMS = 1000;
const PART_RECORDS = 50_000;
/** Beside the many: one whose text is hard to write. */
const AWKWARD = 'Quote " comma , line\nbreak; Grüße \u{1f6a2} &lt;b&gt;';

const target = useOwnTarget();
let token: string;
let large: Report;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  const hosts = Array.from({ length: HOSTS }, (_, host) => ({
    ip: `10.2.0.${host + 1}`,
    fqdn: `part-${host}.plant.example`,
    mac: `02:00:5e:02:00:${host.toString(16).padStart(2, "0")}`,
    items: Array.from({ length: ITEMS }, (_, item) => ({ pluginId: 72_000 + item, output: "x" })),
  }));
  await importFile(target, token, nessusFile(hosts));
  const awkward = { pluginId: 79_999, description: AWKWARD };
  await importFile(target, token, nessusFile([{ ip: "10.2.9.1", mac: "02:00:5e:02:09:01", items: [awkward] }]));
  const { id } = await submitReport(target, token, { reportFormat: "JSON", name: "Everything" });
  large = await followReport(target, token, id);
});

async function makeReport(reportFormat: string): Promise<Report> {
  const body = { reportFormat, findingsQql: "finding.vendorFindingId:79999" };
  const { id } = await submitReport(target, token, body);
  return followReport(target, token, id);
}

const getPart = (report: Report, name: string | undefined, headers?: Record<string, string>) =>
  get(target, `${REPORTS}/${report.id}/resources/${name}`, token, headers);
const download = (report: Report, headers?: Record<string, string>) =>
  get(target, `${REPORTS}/${report.id}/download`, token, headers);
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe("parts", () => {
  ownTest("etm 1.3 [O]: a JSON part is a bare array of findings", async () => {
    const report = await makeReport("JSON");
    const response = await getPart(report, report.resources[0]);
    expect(response.headers.get("content-type")).toBe("application/json");
    const findings = await bodyOf<Finding[]>(response);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ vendorId: "79999" });
    expect(findings[0]?.description).toContain("Grüße \u{1f6a2} <b>");
  });

  ownTest("etm 1.3 [B]: a part holds at most 50,000 records, and all parts together every one once", async () => {
    expect(large).toMatchObject({ status: "COMPLETED", recordCount: HOSTS * ITEMS + 1 });
    const ids = new Set<string>();
    const sizes: number[] = [];
    for (const name of large.resources) {
      const findings = await bodyOf<Finding[]>(await getPart(large, name));
      sizes.push(findings.length);
      for (const { id } of findings) ids.add(id);
    }
    expect(sizes).toEqual([PART_RECORDS, HOSTS * ITEMS + 1 - PART_RECORDS]);
    expect(ids.size).toBe(HOSTS * ITEMS + 1);
  });

  ownTest("etm 1.3 [B]: a JSON lines part has one finding a line", async () => {
    const report = await makeReport("JSONL");
    const text = await (await getPart(report, report.resources[0])).text();
    const lines = text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).vendorId)).toEqual(["79999"]);
  });

  ownTest("etm 1.3 [B]: a CSV part has a head line, and fields that need it are quoted", async () => {
    const report = await makeReport("CSV");
    const response = await getPart(report, report.resources[0]);
    expect(response.headers.get("content-type")).toMatch(/^text\/csv/);
    const [head, ...rows] = readCsv(await response.text());
    expect(rows).toHaveLength(1);
    expect(rows[0]).toHaveLength(head?.length ?? 0);
    const record = Object.fromEntries((head ?? []).map((name, column) => [name, rows[0]?.[column]]));
    expect(record.vendorId).toBe("79999");
    expect(record.description).toContain('Quote " comma , line\nbreak');
  });

  ownTest("etm 1.3 [B]: a part that is not there is 404", async () => {
    expect((await getPart(large, "part_99.json")).status).toBe(404);
  });
});

describe("the whole report", () => {
  ownTest("etm 1.3 [O]: it is a ZIP of the parts with a file name", async () => {
    const response = await download(large);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/zip");
    expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="[^"]+\.zip"/);
    const zip = await fromBufferPromise(await bytesOf(response), { lazyEntries: true });
    const found: Record<string, number> = {};
    for await (const entry of zip.eachEntry()) {
      const stream = await zip.openReadStreamPromise(entry);
      found[entry.fileName] = JSON.parse(Buffer.concat(await stream.toArray()).toString()).length;
    }
    expect(found).toEqual({ "part_1.json": PART_RECORDS, "part_2.json": HOSTS * ITEMS + 1 - PART_RECORDS });
  });

  ownTest("etm 1.3 [B]: a download that broke off is resumed with Range and If-Range", async () => {
    const whole = await download(large);
    const etag = whole.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[^"]+"$/);
    expect(whole.headers.get("accept-ranges")).toBe("bytes");
    const bytes = await bytesOf(whole);
    const cut = Math.floor(bytes.length / 3);
    const rest = await download(large, { range: `bytes=${cut}-`, "if-range": etag });
    expect(rest.status).toBe(206);
    expect(rest.headers.get("content-range")).toBe(`bytes ${cut}-${bytes.length - 1}/${bytes.length}`);
    expect(Buffer.concat([bytes.subarray(0, cut), await bytesOf(rest)]).equals(bytes)).toBe(true);
    const last = await download(large, { range: "bytes=-22" });
    expect((await bytesOf(last)).equals(bytes.subarray(-22))).toBe(true);
  });

  ownTest("etm 1.3 [B]: with another ETag the whole comes, and beyond the end is 416", async () => {
    const other = await download(large, { range: "bytes=10-", "if-range": '"another"' });
    expect(other.status).toBe(200);
    await other.arrayBuffer();
    const beyond = await download(large, { range: "bytes=99999999999-" });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get("content-range")).toMatch(/^bytes \*\/\d+$/);
  });

  ownTest("etm 1.3 [B]: who has it already, by its ETag, is answered 304", async () => {
    for (const read of [download(large), getPart(large, "part_1.json")]) {
      const etag = (await read).headers.get("etag") ?? "";
      await (await read).arrayBuffer();
      const again = await get(target, new URL((await read).url).pathname, token, { "if-none-match": `"x", ${etag}` });
      expect([again.status, again.headers.get("etag"), (await again.arrayBuffer()).byteLength]).toEqual([304, etag, 0]);
    }
  });

  ownTest("etm 1.3 [B]: parts have ranges and ETags too", async () => {
    const whole = await getPart(large, "part_2.json");
    const bytes = await bytesOf(whole);
    const some = await getPart(large, "part_2.json", {
      range: "bytes=100-199",
      "if-range": whole.headers.get("etag") ?? "",
    });
    expect(some.status).toBe(206);
    expect((await bytesOf(some)).equals(bytes.subarray(100, 200))).toBe(true);
  });
});

describe("before and instead of completion", () => {
  ownTest("etm 1.3 [B]: a report that is not complete is 409 with a message", async () => {
    const { id } = await submitReport(target, token, { reportFormat: "JSON", name: "Too early" });
    const response = await get(target, `${REPORTS}/${id}/download`, token);
    expect((await bodyOf(response, 409)).message).toMatch(/REQUESTED|IN_PROGRESS/);
    await followReport(target, token, id);
    expect((await get(target, `${REPORTS}/${id}/download`, token)).status).toBe(200);
  });

  ownTest("etm 1.5 [B]: a running report can be cancelled; it is then 410 with the reason", async () => {
    const { id } = await submitReport(target, token, { reportFormat: "JSON", name: "Cancelled" });
    expect((await call(target, "DELETE", `${REPORTS}/${id}`, { token })).status).toBe(204);
    const report = await followReport(target, token, id);
    expect(report.status).toBe("CANCELLED");
    expect(report.message).toBeTruthy();
    const response = await get(target, `${REPORTS}/${id}/download`, token);
    expect((await bodyOf(response, 410)).message).toMatch(/cancelled/i);
  });

  ownTest("etm 1 [B]: a finished report can be deleted; it is then not there", async () => {
    const { id } = await makeReport("JSON");
    expect((await call(target, "DELETE", `${REPORTS}/${id}`, { token })).status).toBe(204);
    for (const path of [id, `${id}/download`])
      expect((await get(target, `${REPORTS}/${path}`, token)).status).toBe(404);
  });

  ownTest("etm 1.5 [B]: a report in the middle survives a restart, complete and without doubles", async () => {
    const { id } = await submitReport(target, token, { reportFormat: "JSON", name: "Restarted" });
    await target.restart();
    const report = await followReport(target, token, id);
    expect(report).toMatchObject({ status: "COMPLETED", recordCount: large.recordCount });
    const ids = new Set<string>();
    for (const name of report.resources) {
      for (const finding of await bodyOf<Finding[]>(await getPart(report, name))) ids.add(finding.id);
    }
    expect(ids.size).toBe(large.recordCount);
  });
});

/** RFC 4180. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (field.lastIndex < text.length) {
    const [, quoted, plain = "", end] = field.exec(text) ?? [];
    rows.at(-1)?.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}
