import { beforeAll, expect } from "vitest";
import { bodyOf, call, logIn } from "../http.ts";
import { followReport, REPORTS, type Report, submitReport } from "../reports.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const clock = new HandClock("2025-09-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
const names = Array.from({ length: 60 }, (_, index) => `Report ${index}`);
const newestFirst = names.toReversed();
let token: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  for (const name of names) {
    clock.advance(1);
    const { id } = await submitReport(target, token, { reportFormat: "JSON", name });
    await followReport(target, token, id);
  }
});

async function list(options: { json?: unknown; body?: string; headers?: Record<string, string> } = {}) {
  const response = await call(target, "POST", `${REPORTS}/list`, { token, ...options });
  return { count: response.headers.get("count"), reports: await bodyOf<Report[]>(response) };
}

ownTest("etm 1.4 [O]: it is a bare array, newest first, 50 without a size, with the total in count", async () => {
  const { count, reports } = await list({ json: {} });
  expect(reports.map(({ name }) => name)).toEqual(newestFirst.slice(0, 50));
  expect(count).toBe("60");
});

ownTest("etm 1.4 [D]: offset and limit", async () => {
  const { count, reports } = await list({ json: { offset: 55, limit: 50 } });
  expect(reports.map(({ name }) => name)).toEqual(newestFirst.slice(55));
  expect(count).toBe("60");
});

ownTest("etm 1.4 [O]: pageSize", async () => {
  const { reports } = await list({ json: { pageSize: 3 } });
  expect(reports.map(({ name }) => name)).toEqual(newestFirst.slice(0, 3));
});

ownTest("etm 1.4 [B]: as in the other lists 0 is the default, and more than may be is what may be", async () => {
  expect((await list({ json: { limit: 0 } })).reports).toHaveLength(50);
  expect((await list({ json: { pageSize: 0, offset: null } })).reports).toHaveLength(50);
  expect((await list({ json: { limit: 0, pageSize: 3 } })).reports).toHaveLength(3);
  for (const json of [{ limit: 1001 }, { pageSize: 2_147_483_647 }]) {
    expect((await list({ json })).reports).toHaveLength(60);
  }
});

ownTest("etm 1.4 [D]: all of it is optional, the body too", async () => {
  expect((await list()).reports).toHaveLength(50);
  expect((await list({ headers: { "content-type": "application/json" } })).reports).toHaveLength(50);
  expect((await list({ json: { offset: null, limit: null, pageSize: null } })).reports).toHaveLength(50);
  expect((await list({ json: { sort: "x", whatever: [] } })).reports).toHaveLength(50);
});

ownTest("etm 1.4 [O]: an element is the report as etm 1.2 shows it", async () => {
  const { reports } = await list({ json: { limit: 1 } });
  const [report] = reports;
  expect(report).toEqual(await followReport(target, token, report?.id ?? ""));
});

ownTest("etm 1.4 [D]: past the end is an empty array", async () => {
  expect(await list({ json: { offset: 1000 } })).toEqual({ count: "60", reports: [] });
});
