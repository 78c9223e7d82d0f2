import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../../binding.ts";
import type { Caller } from "../../caller.ts";
import { type Seeded, seedWorld } from "../findings-read/seed.fixture.ts";
import { plainWorld } from "./plain-world.fixture.ts";
import { openReportHarness, type ReportHarness, toCaller } from "./report-harness.fixture.ts";

const NOW_MS = Date.UTC(2026, 5, 1);

let harness: ReportHarness;
let seeded: Seeded;
let manager: Caller;
let reader: Caller;
beforeAll(async () => {
  harness = await openReportHarness({ partRecords: 40, nowMs: NOW_MS });
  seeded = await seedWorld(harness.db, plainWorld(100));
  manager = toCaller(seeded.subscriptionId, { kind: "all" }, "manager");
  reader = toCaller(seeded.subscriptionId, { kind: "tags", tagIds: [seeded.tagIds[0]!] }, "reader");
});
afterAll(() => harness.close());

async function submit(caller: Caller, body: object = {}) {
  const answer = await harness.call("etm.report.submit", caller, { body: { reportFormat: "JSON", ...body } });
  return answer as Answer & { value: { id: string; status: string; name: string } };
}

async function make(caller: Caller, body: object = {}): Promise<string> {
  const { value } = await submit(caller, body);
  await harness.runWoken();
  return value.id;
}

async function bytesOf(caller: Caller, id: string, headers: Record<string, string> = {}, name?: string) {
  const operation = name ? "etm.report.part" : "etm.report.download";
  const answer = await harness.call(operation, caller, { params: name ? { id, name } : { id }, headers });
  if (!("stream" in answer)) throw new Error("not a stream");
  return { ...answer, content: await buffer(answer.stream) };
}

describe("submitting", () => {
  it("answers 201 with Location, REQUESTED, flat, in both bodies", async () => {
    const first = await submit(manager, {
      name: "Weekly",
      description: "d",
      findingsQql: "finding.severity:5",
      extra: 1,
    });
    expect(first).toMatchObject({
      status: 201,
      headers: { location: `/etm/api/rest/v1/reports/${first.value.id}` },
      value: {
        name: "Weekly",
        description: "d",
        status: "REQUESTED",
        reportFormat: "JSON",
        createdDate: NOW_MS,
        progress: 0,
      },
    });
    const second = await submit(manager, { reportName: "Weekly 2", findingFilter: { qql: "finding.severity:5" } });
    expect(second).toMatchObject({ status: 201, value: { name: "Weekly 2", status: "REQUESTED" } });
    await harness.runWoken();
  });

  it("joins an identical request of the same caller that nobody has begun, and no other", async () => {
    const first = await submit(manager, { name: "Join" });
    expect((await submit(manager, { name: "Join" })).value.id).toBe(first.value.id);
    expect((await submit({ ...manager, username: "other" }, { name: "Join" })).value.id).not.toBe(first.value.id);
    expect((await submit(manager, { name: "Join", assetQql: "asset.riskScore>1" })).value.id).not.toBe(first.value.id);
    await harness.runWoken();
    expect((await submit(manager, { name: "Join" })).value.id).not.toBe(first.value.id);
    await harness.runWoken();
  });

  it.each([
    [
      { findingsQql: "finding.severty:5" },
      "invalid-query",
      /findingsQql.*column 1.*Invalid QQL token.*finding\.severity/s,
    ],
    [{ findingFilter: { qql: "finding.severity:" } }, "invalid-query", /findingFilter\.qql.*line 1, column/s],
    [{ assetQql: "finding.severity:5" }, "invalid-query", /assetQql.*findingsQql/s],
    [{ assetQql: "asset.tags.name:x" }, "invalid-query", /Invalid QQL token/],
    [{ reportFormat: "XLSX" }, "invalid-parameter", /JSON, CSV, JSONL, PARQUET/],
    [{ name: "a\0b" }, "invalid-parameter", /U\+0000/],
  ])("refuses %j with 400", async (body, code, message) => {
    await expect(submit(manager, body)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("wants both queries fulfilled when both bodies are mixed", async () => {
    const id = await make(manager, {
      findingsQql: "finding.severity>=2",
      findingFilter: { qql: "finding.severity<=2 or finding.port:0" },
    });
    const answer = await harness.call("etm.report.get", manager, { params: { id } });
    expect(answer).toMatchObject({ value: { recordCount: 20 } });
  });
});

describe("ending a report", () => {
  it("is for whoever made it and for Managers, not for others who may read it", async () => {
    const twin = { ...reader, username: "twin" };
    const boss = { ...manager, username: "boss", role: "Manager" };
    const [first, second] = [await make(reader, { name: "one" }), await make(reader, { name: "two" })];
    const end = (caller: typeof reader, id: string) => harness.call("etm.report.delete", caller, { params: { id } });
    await expect(end(twin, first)).rejects.toMatchObject({ code: "permission-required" });
    expect(await harness.call("etm.report.get", twin, { params: { id: first } })).toMatchObject({
      value: { id: first },
    });
    await expect(end(reader, first)).resolves.toMatchObject({ status: 204 });
    await expect(end(boss, second)).resolves.toMatchObject({ status: 204 });
  });
});

describe("scope", () => {
  it("lets a Manager read a Reader's report, and nobody a report of a wider scope or another subscription", async () => {
    const [wide, narrow] = [await make(manager, { name: "wide" }), await make(reader, { name: "narrow" })];
    const stranger = toCaller((await seedWorld(harness.db, plainWorld(1))).subscriptionId, { kind: "all" }, "stranger");
    const sibling = toCaller(seeded.subscriptionId, { kind: "tags", tagIds: [seeded.tagIds[1]!] }, "sibling");
    for (const caller of [reader, sibling, stranger]) {
      for (const operation of ["get", "download", "part", "delete"]) {
        const params = { id: wide, name: "part_1.json" };
        await expect(harness.call(`etm.report.${operation}`, caller, { params })).rejects.toMatchObject({
          code: "not-found",
        });
      }
    }
    await expect(bytesOf(sibling, narrow)).rejects.toMatchObject({ code: "not-found" });
    const part = await bytesOf(manager, narrow, {}, "part_1.json");
    const names = (JSON.parse(part.content.toString()) as { asset: { assetName: string } }[]).map(
      (finding) => finding.asset.assetName,
    );
    expect([...new Set(names)]).toEqual(["asset 1"]);
    for (const [caller, isSeen] of [
      [manager, true],
      [reader, false],
      [stranger, false],
    ] as const) {
      const { value } = (await harness.call("etm.report.list", caller, { body: {} })) as { value: { id: string }[] };
      expect(value.some(({ id }) => id === wide)).toBe(isSeen);
    }
  });

  it("lists newest first, pages, and counts", async () => {
    harness.clock.nowMs += 1000;
    const last = await make(reader, { name: "last" });
    const all = (await harness.call("etm.report.list", reader)) as {
      value: { id: string; createdDate: number }[];
      count: number;
    };
    expect(all.count).toBe(all.value.length);
    expect(all.value[0]?.id).toBe(last);
    const page = (await harness.call("etm.report.list", reader, { body: { offset: 1, limit: 1 } })) as typeof all;
    expect([page.value, page.count]).toEqual([[all.value[1]], all.count]);
    const sized = (await harness.call("etm.report.list", reader, { body: { pageSize: 1 } })) as typeof all;
    expect(sized.value).toEqual([all.value[0]]);
  });

  it.each(["nonsense", "00000000-0000-4000-8000-000000000000"])("answers 404 for the id %s", async (id) => {
    await expect(harness.call("etm.report.get", manager, { params: { id } })).rejects.toMatchObject({
      code: "not-found",
    });
  });
});

describe("downloading", () => {
  it("gives for any range of the ZIP and of a part the slice of the whole", async () => {
    const id = await make(manager, { name: 'Wöchentlich "1"/2' });
    for (const name of [undefined, "part_2.json"]) {
      const whole = await bytesOf(manager, id, {}, name);
      expect(whole.content.length).toBe("bytes" in whole ? whole.bytes : undefined);
      const etag = whole.headers?.etag ?? "";
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.content.length - 1), fc.nat(whole.content.length - 1), async (a, b) => {
          const [first, last] = [Math.min(a, b), Math.max(a, b)];
          const part = await bytesOf(manager, id, { range: `bytes=${first}-${last}`, "if-range": etag }, name);
          expect(part.status).toBe(206);
          expect(part.headers?.["content-range"]).toBe(`bytes ${first}-${last}/${whole.content.length}`);
          expect(part.content.equals(whole.content.subarray(first, last + 1))).toBe(true);
        }),
        { numRuns: 15 },
      );
      const stale = await bytesOf(manager, id, { range: "bytes=1-2", "if-range": '"other"' }, name);
      expect([stale.status, stale.content.equals(whole.content)]).toEqual([undefined, true]);
      await expect(bytesOf(manager, id, { range: "bytes=99999999-" }, name)).rejects.toMatchObject({
        code: "range-not-satisfiable",
        headers: { "content-range": `bytes */${whole.content.length}` },
      });
    }
    const { headers } = await bytesOf(manager, id);
    expect(headers?.["content-disposition"]).toBe(
      `attachment; filename="W_chentlich _1_2.zip"; filename*=UTF-8''W%C3%B6chentlich%20_1_2.zip`,
    );
  });

  it("gives two downloads at once the same bytes", async () => {
    const id = await make(manager, { name: "twice" });
    const [first, second] = await Promise.all([bytesOf(manager, id), bytesOf(manager, id)]);
    expect(first.content.equals(second.content)).toBe(true);
  });

  it("answers 404 for a part that is not there and 409 before completion", async () => {
    const { value } = await submit(manager, { name: "pending" });
    await expect(bytesOf(manager, value.id)).rejects.toMatchObject({ code: "report-not-ready" });
    await harness.runWoken();
    await expect(bytesOf(manager, value.id, {}, "../part_1.json")).rejects.toMatchObject({ code: "not-found" });
  });
});
