import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Caller } from "../../caller.ts";
import type { JobKey } from "../../jobs/index.ts";
import { type Seeded, seedWorld } from "../findings-read/seed.fixture.ts";
import { statement } from "../findings-read/statement.ts";
import { findUnfinished } from "./job-store.ts";
import { watchForCancel } from "./make-report.ts";
import { makeParts } from "./part-makers.ts";
import { createPartThreads } from "./part-threads.ts";
import { plainWorld } from "./plain-world.fixture.ts";
import { openReportHarness, type ReportHarness, toCaller } from "./report-harness.fixture.ts";
import { withSnapshot } from "./snapshot-store.ts";

const COUNT = 600;
const PART_RECORDS = 50;
const NOW_MS = Date.UTC(2026, 5, 1);

let harness: ReportHarness;
let seeded: Seeded;
let caller: Caller;
let submitted = 0;

beforeAll(async () => {
  harness = await openReportHarness({ partRecords: PART_RECORDS, nowMs: NOW_MS });
  seeded = await seedWorld(harness.db, plainWorld(COUNT));
  caller = toCaller(seeded.subscriptionId, { kind: "all" });
});
afterEach(() => {
  harness.woken.length = 0;
  harness.clock.nowMs = NOW_MS;
});
afterAll(() => harness.close());

async function submit(body: object = {}): Promise<JobKey> {
  submitted += 1;
  const request = { body: { reportFormat: "JSON", name: `report ${submitted}`, ...body } };
  const answer = (await harness.call("etm.report.submit", caller, request)) as { value: { id: string } };
  return { subscriptionId: seeded.subscriptionId, id: answer.value.id };
}

/** Submits a report of all findings and takes it to where the lane of large ones has it. */
async function submitLarge(): Promise<JobKey> {
  const key = await submit();
  await harness.run("report", key);
  expect(harness.woken).toContainEqual({ task: "report-large", key });
  return key;
}

type Report = { status: string; resources: string[]; recordCount: number; progress: number; message?: string };

async function read(key: JobKey): Promise<Report> {
  return ((await harness.call("etm.report.get", caller, { params: { id: key.id } })) as { value: Report }).value;
}

async function readIds(key: JobKey): Promise<number[]> {
  const ids: number[] = [];
  for (const name of (await read(key)).resources) {
    const part = await harness.call("etm.report.part", caller, { params: { id: key.id, name } });
    if ("stream" in part)
      ids.push(...(JSON.parse(await text(part.stream)) as { id: string }[]).map(({ id }) => Number(id)));
  }
  return ids.sort((a, b) => a - b);
}

async function filesOf(key: JobKey): Promise<string[]> {
  return readdir(join(harness.dataDir, "reports", String(key.subscriptionId), key.id)).catch(() => []);
}

/** Keeps every report from reading findings' sources, so that it stands still after it has begun. */
async function holdReports(): Promise<() => Promise<void>> {
  const client = await harness.db.connect();
  await client.query("BEGIN");
  await client.query("LOCK TABLE finding_source IN ACCESS EXCLUSIVE MODE");
  return () => client.end();
}

async function untilStarted(key: JobKey): Promise<void> {
  while ((await read(key)).status !== "IN_PROGRESS") await delay(5);
}

/** Ends the session whose reading waits for the lock of `holdReports`, as soon as it does. */
async function terminateReading(): Promise<void> {
  const terminate = sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'DECLARE%' AND wait_event_type = 'Lock'`;
  while ((await terminate.execute(harness.db.write)).rows.length === 0) await delay(5);
}

const allIds = () => [...seeded.findingIds].sort((a, b) => a - b);

describe("a report whose making is interrupted", () => {
  it("shows nothing until it is whole, and then every finding once, wherever it was stopped", async () => {
    for (const afterMs of [0, 5, 20, 50, 80, 120, 160, 200, 240, 320]) {
      const key = await submitLarge();
      const stop = new AbortController();
      const running = harness.run("report-large", key, stop.signal);
      await delay(afterMs);
      stop.abort(new Error("the server is stopping"));
      await running;
      const stopped = await read(key);
      if (stopped.status !== "COMPLETED") {
        expect(["REQUESTED", "IN_PROGRESS"]).toContain(stopped.status);
        expect(stopped.resources).toEqual([]);
        const download = harness.call("etm.report.download", caller, { params: { id: key.id } });
        await expect(download).rejects.toMatchObject({ code: "report-not-ready" });
        const task = harness.tasks.find(({ name }) => name === "report-large");
        expect(await task?.listUnfinished()).toContainEqual(key);
      }
      await harness.run("report-large", key);
      expect(await read(key)).toMatchObject({ status: "COMPLETED", recordCount: COUNT, progress: 100 });
      expect(await readIds(key)).toEqual(allIds());
      expect(await filesOf(key)).toHaveLength(COUNT / PART_RECORDS);
    }
  });

  it("is made anew after kill -9 of the process that made it", async () => {
    for (const afterMs of [20, 60, 120]) {
      const key = await submitLarge();
      const job = JSON.stringify({ connection: harness.url, dataDir: harness.dataDir, key, partRecords: PART_RECORDS });
      const script = fileURLToPath(new URL("./run-report.fixture.ts", import.meta.url));
      const child = spawn(process.execPath, [script, job], { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      await delay(afterMs);
      child.kill("SIGKILL");
      await once(child, "exit");
      await harness.run("report-large", key);
      expect(await read(key)).toMatchObject({ status: "COMPLETED", recordCount: COUNT });
      expect(await readIds(key)).toEqual(allIds());
    }
  });

  it("is finished only once, however often it is woken", async () => {
    const key = await submitLarge();
    await harness.run("report-large", key);
    const completed = await read(key);
    harness.clock.nowMs += 1000;
    await harness.run("report-large", key);
    await harness.run("report", key);
    expect(await read(key)).toEqual(completed);
  });
});

describe("cancelling", () => {
  it("ends a report in the middle of a statement and removes its files", async () => {
    const key = await submitLarge();
    const release = await holdReports();
    const running = harness.run("report-large", key);
    await untilStarted(key);
    await harness.call("etm.report.delete", caller, { params: { id: key.id } });
    await running;
    await release();
    expect(await read(key)).toMatchObject({ status: "CANCELLED", resources: [], message: "cancelled by someone" });
    expect(await filesOf(key)).toEqual([]);
    const download = harness.call("etm.report.download", caller, { params: { id: key.id } });
    await expect(download).rejects.toMatchObject({
      code: "report-gone",
      message: "The report was cancelled by someone.",
    });
  });

  it("keeps a report that nobody has begun from being made", async () => {
    const key = await submit();
    await harness.call("etm.report.delete", caller, { params: { id: key.id } });
    await harness.runWoken();
    expect(await read(key)).toMatchObject({ status: "CANCELLED" });
    expect(await filesOf(key)).toEqual([]);
  });

  it("deletes a finished report with its files, and a cancelled one too", async () => {
    for (const finish of [true, false]) {
      const key = await submit({ findingsQql: "finding.port:7" });
      if (finish) await harness.runWoken();
      else await harness.call("etm.report.delete", caller, { params: { id: key.id } });
      await harness.call("etm.report.delete", caller, { params: { id: key.id } });
      await expect(read(key)).rejects.toMatchObject({ code: "not-found" });
      expect(await filesOf(key)).toEqual([]);
    }
  });
});

describe("the lanes", () => {
  it("leave a place to small reports: of two large ones only one runs, and the other follows by itself", async () => {
    const [first, second] = [await submitLarge(), await submitLarge()];
    harness.woken.length = 0;
    const release = await holdReports();
    const running = harness.run("report-large", first);
    await untilStarted(first);
    await harness.run("report-large", second);
    expect(await read(second)).toMatchObject({ status: "REQUESTED" });
    await release();
    await running;
    expect(harness.woken).toEqual([{ task: "report-large", key: second }]);
    await harness.runWoken();
    expect(await read(second)).toMatchObject({ status: "COMPLETED", recordCount: COUNT });
  });

  it("make a report of one part at once", async () => {
    const key = await submit({ findingsQql: `finding.port<${PART_RECORDS}` });
    await harness.run("report", key);
    expect(await read(key)).toMatchObject({
      status: "COMPLETED",
      recordCount: PART_RECORDS,
      resources: ["part_1.json"],
    });
  });
});

describe("retention", () => {
  it("makes a report EXPIRED on the millisecond and removes its files soon after", async () => {
    const key = await submit({ findingsQql: "finding.port:7" });
    await harness.runWoken();
    const { expiresDate } = (await read(key)) as Report & { expiresDate: number };
    expect(expiresDate).toBe(NOW_MS + 7 * 24 * 3_600_000);
    const task = harness.tasks.find(({ name }) => name === "report-discard");
    harness.clock.nowMs = expiresDate - 1;
    expect(await read(key)).toMatchObject({ status: "COMPLETED" });
    expect(await task?.listUnfinished()).toEqual([]);
    await harness.run("report-discard", key);
    expect(await filesOf(key)).toHaveLength(1);
    harness.clock.nowMs = expiresDate;
    expect(await read(key)).toMatchObject({ status: "EXPIRED", resources: [] });
    expect(await task?.listUnfinished()).toContainEqual(key);
    await harness.run("report-discard", key);
    expect(await task?.listUnfinished()).not.toContainEqual(key);
    expect(await filesOf(key)).toEqual([]);
    const download = harness.call("etm.report.download", caller, { params: { id: key.id } });
    await expect(download).rejects.toMatchObject({ code: "report-gone" });
  });
});

describe("failure", () => {
  it("is recorded with a message that tells no internals", async () => {
    const { subscriptionId } = await seedWorld(harness.db, plainWorld(1));
    const other = toCaller(subscriptionId, { kind: "all" });
    await writeFile(join(harness.dataDir, "reports", String(subscriptionId)), "in the way");
    const { value } = (await harness.call("etm.report.submit", other, { body: { reportFormat: "JSON" } })) as {
      value: { id: string };
    };
    await harness.runWoken();
    const { value: report } = (await harness.call("etm.report.get", other, { params: { id: value.id } })) as {
      value: Report;
    };
    expect(report).toMatchObject({ status: "FAILED", message: expect.stringContaining(value.id) });
    expect(report.message).not.toContain(harness.dataDir);
  });

  it("of the database leaves the report to be made later", async () => {
    const key = await submitLarge();
    const release = await holdReports();
    const running = harness.run("report-large", key);
    await untilStarted(key);
    await terminateReading();
    await expect(running).rejects.toMatchObject({ code: "57P01" });
    await release();
    expect(await read(key)).toMatchObject({ status: "IN_PROGRESS" });
    await harness.run("report-large", key);
    expect(await read(key)).toMatchObject({ status: "COMPLETED", recordCount: COUNT });
  });
});

describe("a part that cannot be written", () => {
  it("ends the report, even while another thread's part is being noted", async () => {
    const key = await submitLarge();
    const order = (await findUnfinished(harness.db, key))!;
    const signal = new AbortController().signal;
    const options = { partRecords: PART_RECORDS, signal };
    const context = { db: harness.db, threads: createPartThreads(2) };
    const report = {
      subscriptionId: key.subscriptionId,
      reportId: key.id,
      format: order.format,
      createdAt: new Date(),
    };
    let noted = 0;
    const untilThreadsEnded = async () => {
      noted += 1;
      if (noted > 1) return;
      const open = sql<{ open: number }>`SELECT count(*) AS open FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'idle in transaction'`;
      while ((await open.execute(harness.db.write)).rows[0]!.open > 1) await delay(5);
      await delay(50);
    };
    const making = withSnapshot(harness.db, { ...order, key }, options, (snapshot) => {
      const orders = snapshot.parts.map(({ ordinal, select }) => {
        const path = join(harness.dataDir, ordinal === 6 ? "missing/part" : `life-${ordinal}`);
        return { ordinal, path, select };
      });
      return makeParts(context, { snapshot, report, orders }, untilThreadsEnded, signal);
    });
    await expect(making).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("takes no more threads than there is room for", () => {
    expect(createPartThreads(64).take(64).count).toBe(8);
  });
});

describe("the look for a cancel", () => {
  it("leaves no timer behind when it is stopped while a look is under way", async () => {
    vi.useFakeTimers();
    try {
      const { promise, resolve } = Promise.withResolvers<"IN_PROGRESS">();
      const watch = watchForCancel(() => promise);
      await vi.runOnlyPendingTimersAsync();
      watch.stop();
      resolve("IN_PROGRESS");
      await promise;
      await Promise.resolve();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a snapshot", () => {
  it("is held for as long as it takes, whatever limits the database gives its sessions", async () => {
    const key = await submitLarge();
    const order = (await findUnfinished(harness.db, key))!;
    const options = { partRecords: PART_RECORDS, signal: new AbortController().signal };
    const { rows } = await sql<{ name: string }>`SELECT quote_ident(current_database()) AS name`.execute(
      harness.db.write,
    );
    const set = (name: string, value: string) =>
      sql.raw(`ALTER DATABASE ${rows[0]!.name} SET ${name} = ${value}`).execute(harness.db.write);
    for (const name of ["statement_timeout", "idle_in_transaction_session_timeout"]) {
      await set(name, "'1min'");
      const [inSession] = await withSnapshot(harness.db, { ...order, key }, options, ({ session }) =>
        session.run(statement`SELECT current_setting(${name}) AS value`),
      );
      await set(name, "DEFAULT");
      expect(inSession).toEqual({ value: "0" });
    }
  });

  it("does not see what changes while the report is made", async () => {
    const { subscriptionId } = await seedWorld(harness.db, plainWorld(120));
    const other = toCaller(subscriptionId, { kind: "all" });
    const { value } = (await harness.call("etm.report.submit", other, { body: { reportFormat: "JSON" } })) as {
      value: { id: string };
    };
    const key = { subscriptionId, id: value.id };
    await harness.run("report", key);
    const release = await holdReports();
    const running = harness.run("report-large", key);
    const status = async () =>
      ((await harness.call("etm.report.get", other, { params: { id: key.id } })) as { value: Report }).value;
    while ((await status()).status !== "IN_PROGRESS") await delay(5);
    await sql`UPDATE finding SET severity = 6 WHERE subscription_id = ${subscriptionId}`.execute(harness.db.write);
    await sql`UPDATE asset SET name = 'renamed' WHERE subscription_id = ${subscriptionId}`.execute(harness.db.write);
    await release();
    await running;
    const names = new Set<string>();
    const severities = new Set<number>();
    for (const name of (await status()).resources) {
      const part = await harness.call("etm.report.part", other, { params: { id: key.id, name } });
      if (!("stream" in part)) continue;
      for (const finding of JSON.parse(await text(part.stream))) {
        names.add(finding.asset.assetName);
        severities.add(finding.severity);
      }
    }
    expect([...names].sort()).toEqual(["asset 1", "asset 2"]);
    expect([...severities].sort()).toEqual([1, 2, 3, 4, 5]);
  });
});
