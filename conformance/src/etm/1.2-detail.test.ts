import { beforeAll, expect } from "vitest";
import { bodyOf, call, get, logIn } from "../http.ts";
import { importFile } from "../imports.ts";
import { nessusFile } from "../nessus-file.ts";
import { followReport, REPORTS, type Report, submitReport } from "../reports.ts";
import { HandClock, ownTest, useOwnTarget } from "../target.ts";

const DAY_SEC = 86_400;
const clock = new HandClock("2025-09-01T08:00:00Z");
const target = useOwnTarget({ clock: clock.read });
let token: string;
beforeAll(async () => {
  if (process.env.CONFORMANCE_URL) return;
  token = await logIn(target);
  const items = Array.from({ length: 7 }, (_, index) => ({ pluginId: 71_100 + index }));
  await importFile(target, token, nessusFile([{ ip: "10.1.1.1", mac: "02:00:5e:01:01:01", items }]));
});

ownTest("etm 1.2 [O]: it is flat and has the documented members", async () => {
  const { id } = await submitReport(target, token, { reportFormat: "JSON", name: "N", description: "D" });
  const report = await followReport(target, token, id);
  expect(report).toEqual({
    id,
    name: "N",
    description: "D",
    status: "COMPLETED",
    reportFormat: "JSON",
    resources: ["part_1.json"],
    createdDate: clock.nowMs,
    startedDate: clock.nowMs,
    completedDate: clock.nowMs,
    expiresDate: clock.nowMs + 7 * DAY_SEC * 1000,
    recordCount: 7,
    progress: 100,
    createdBy: target.manager.username,
  });
});

ownTest("etm 1.2 [O]: part names can stand in a URL as they are", async () => {
  for (const reportFormat of ["JSON", "CSV", "JSONL"]) {
    const { id } = await submitReport(target, token, { reportFormat, name: "Ä / ? #" });
    const { resources } = await followReport(target, token, id);
    expect(resources).toHaveLength(1);
    for (const name of resources) expect(encodeURIComponent(name)).toBe(name);
  }
});

ownTest("etm 1.2 [O]: it passes only through the documented states, and progress only grows", async () => {
  const { id, status } = await submitReport(target, token, { reportFormat: "JSON", name: "Watched" });
  const seen = [{ status, progress: 0 }];
  while (!["COMPLETED", "FAILED", "CANCELLED"].includes(seen.at(-1)?.status ?? "") && seen.length < 200) {
    seen.push(await bodyOf<Report>(await get(target, `${REPORTS}/${id}`, token)));
  }
  const order = ["REQUESTED", "IN_PROGRESS", "COMPLETED"];
  const steps = seen.map((report) => order.indexOf(report.status));
  expect(steps).not.toContain(-1);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toMatchObject({ status: "COMPLETED", progress: 100 });
  const progress = seen.map((report) => report.progress);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  for (const report of seen) if (report.status !== "COMPLETED") expect(report.progress).toBeLessThan(100);
});

ownTest("etm 1.2 [O]: an empty result is a completed report", async () => {
  const body = { reportFormat: "JSON", findingsQql: "finding.vendorFindingId:none" };
  const { id } = await submitReport(target, token, body);
  expect(await followReport(target, token, id)).toMatchObject({ status: "COMPLETED", recordCount: 0 });
  expect((await get(target, `${REPORTS}/${id}/download`, token)).status).toBe(200);
});

ownTest("etm 1.3 [B]: an unknown id is 404 in every form", async () => {
  const id = "0b0b0b0b-0000-4000-8000-000000000000";
  for (const path of [id, `${id}/download`, `${id}/resources/part_1.json`, "1", "null"]) {
    expect((await get(target, `${REPORTS}/${path}`, token)).status, path).toBe(404);
  }
  expect((await call(target, "DELETE", `${REPORTS}/${id}`, { token })).status).toBe(404);
});

ownTest("etm 1.2 [B]: after seven days it is EXPIRED, and its files are gone", async () => {
  const { id } = await submitReport(target, token, { reportFormat: "JSON", name: "Old" });
  await followReport(target, token, id);
  clock.advance(7 * DAY_SEC - 60);
  const before = await logIn(target);
  expect(await bodyOf(await get(target, `${REPORTS}/${id}`, before))).toMatchObject({ status: "COMPLETED" });
  clock.advance(120);
  const after = await logIn(target);
  expect(await bodyOf(await get(target, `${REPORTS}/${id}`, after))).toMatchObject({ status: "EXPIRED" });
  expect((await bodyOf(await get(target, `${REPORTS}/${id}/download`, after), 410)).message).toMatch(/expired/i);
});
