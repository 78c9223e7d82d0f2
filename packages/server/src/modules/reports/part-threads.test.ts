import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReportFormat } from "@breakwater/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobKey } from "../../jobs/index.ts";
import { seedWorld } from "../findings-read/seed.fixture.ts";
import { findUnfinished, type ReportOrder } from "./job-store.ts";
import { makeParts } from "./part-makers.ts";
import { createPartThreads, type PartThread, type PartThreads } from "./part-threads.ts";
import { plainWorld } from "./plain-world.fixture.ts";
import { openReportHarness, type ReportHarness, toCaller } from "./report-harness.fixture.ts";
import { withSnapshot } from "./snapshot-store.ts";

/** Too many to be made in the server's own thread. */
const COUNT = 600;
const PART_RECORDS = 100;

let harness: ReportHarness;
let key: JobKey;
let order: ReportOrder;

beforeAll(async () => {
  harness = await openReportHarness({ partRecords: PART_RECORDS, nowMs: Date.UTC(2026, 5, 1) });
  const { subscriptionId } = await seedWorld(harness.db, plainWorld(COUNT));
  const caller = toCaller(subscriptionId, { kind: "all" });
  const answer = (await harness.call("etm.report.submit", caller, { body: { reportFormat: "JSON" } })) as {
    value: { id: string };
  };
  key = { subscriptionId, id: answer.value.id };
  order = (await findUnfinished(harness.db, key))!;
});
afterAll(() => harness.close());

/** Makes the parts of everything; `name` is that of their files. */
async function make(
  threads: PartThreads,
  name: string,
  options: { format?: ReportFormat; onPart?: () => Promise<void>; signal?: AbortSignal } = {},
): Promise<number> {
  const { format = "JSON", onPart = async () => undefined, signal = new AbortController().signal } = options;
  const report = { subscriptionId: key.subscriptionId, reportId: key.id, format, createdAt: new Date() };
  return withSnapshot(harness.db, { ...order, key }, { partRecords: PART_RECORDS, signal }, async (snapshot) => {
    const orders = snapshot.parts.map(({ ordinal, select }) => {
      return { ordinal, path: join(harness.dataDir, `${name}-${ordinal}`), select };
    });
    const made = await makeParts({ db: harness.db, threads }, { snapshot, report, orders }, onPart, signal);
    return made.reduce((sum, { records }) => sum + records, 0);
  });
}

/** Those that wait, which go on waiting. */
function waitingOf(threads: PartThreads, count: number): PartThread[] {
  const waiting = Array.from({ length: count }, () => threads.open());
  for (const thread of waiting) threads.keep(thread);
  return waiting;
}

/** Has those that wait end. */
async function endAll(threads: readonly PartThread[]): Promise<void> {
  for (const thread of threads) thread.kill();
  await Promise.all(threads.map(({ exited }) => exited));
}

describe("the threads that make parts", () => {
  it("make one report after the other, of any format", async () => {
    const threads = createPartThreads(2);
    expect(await make(threads, "first")).toBe(COUNT);
    const first = waitingOf(threads, 2);
    for (const format of ["PARQUET", "CSV", "SARIF"] as const)
      expect(await make(threads, format, { format })).toBe(COUNT);
    const last = waitingOf(threads, 2);
    expect(new Set(last).size).toBe(2);
    expect(last.every((thread) => first.includes(thread))).toBe(true);
    await endAll(last);
  });

  it("end when no report comes for a while", async () => {
    const threads = createPartThreads(2, 1);
    const thread = threads.open();
    threads.keep(thread);
    await thread.exited;
    expect(threads.open()).not.toBe(thread);
  });

  it("are no more than there is room for, also of those that wait", async () => {
    const threads = createPartThreads(1);
    const [one, two] = [threads.open(), threads.open()];
    threads.keep(one);
    threads.keep(two);
    await two.exited;
    expect(threads.open()).toBe(one);
    await endAll([one]);
  });

  it("are not used again when they died while they waited", async () => {
    const threads = createPartThreads(2);
    const dead = threads.open();
    threads.keep(dead);
    await endAll([dead]);
    expect(await make(threads, "dead")).toBe(COUNT);
    const waiting = waitingOf(threads, 2);
    expect(waiting).not.toContain(dead);
    await endAll(waiting);
  });

  it("have ended, all of them, when a report is stopped, and those of the next report are others", async () => {
    const threads = createPartThreads(2);
    await make(threads, "before");
    const before = waitingOf(threads, 2);
    const stop = new AbortController();
    const onPart = async () => stop.abort(new Error("the server is stopping"));
    await expect(make(threads, "stopped", { onPart, signal: stop.signal })).rejects.toThrow("the server is stopping");
    expect(before.map(({ hasExited }) => hasExited)).toEqual([true, true]);
    expect(await make(threads, "after")).toBe(COUNT);
    await endAll(waitingOf(threads, 2));
  });

  it("do not keep the process that has them, while they wait", async () => {
    const job = JSON.stringify({ connection: harness.url, dataDir: harness.dataDir, key, partRecords: PART_RECORDS });
    const script = fileURLToPath(new URL("./run-report.fixture.ts", import.meta.url));
    const child = spawn(process.execPath, [script, job], { stdio: ["ignore", "pipe", "inherit"] });
    const said = child.stdout.setEncoding("utf8").toArray();
    const [code] = await once(child, "exit");
    expect([code, (await said).join("")]).toEqual([0, "started\nended\n"]);
  });
});
